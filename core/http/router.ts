import Router from "@koa/router";
import type { Context, Middleware } from "koa";
import * as z from "zod";
import { LoomError } from "../errors/loomError.ts";
import { credentialsOf, type Authenticator } from "./guards/auth.ts";
import { readJson, readRaw } from "./guards/body.ts";
import { badInput } from "./problems.ts";
import type { ApiAnswer, RouteSpec } from "./route.ts";
import type { Caller } from "./services.ts";

const nothing = z.strictObject({});

export interface RouterOptions {
  readonly authenticator: Authenticator;
  readonly port: () => number;
  /** The feed and the number of its newest event, `<feed>/<number>`. */
  readonly asOf: () => string;
}

/** Builds the router from the table of routes: credential, query and body are checked before a handler is called. */
export function createRouter(routes: readonly RouteSpec[], options: RouterOptions): Router {
  const router = new Router({ sensitive: true, strict: true });
  for (const spec of routes) router.register(spec.path, [spec.method], (ctx) => handle(spec, ctx, options));
  return router;
}

/** What the router found no handler for, under the API's own addresses. */
export const refuseUnknown: Middleware = (ctx) => {
  const methods = new Set((ctx["matched"] as readonly { readonly methods: readonly string[] }[] | undefined)?.flatMap((layer) => layer.methods));
  if (methods.size === 0) throw new LoomError("NOT_FOUND", `There is nothing at ${ctx.path}.`, { help: "See /openapi.json for the addresses there are." });
  ctx.set("Allow", [...methods].join(", "));
  throw new LoomError("METHOD_NOT_ALLOWED", `${ctx.method} is not for ${ctx.path}.`);
};

async function handle(spec: RouteSpec, ctx: Context, { authenticator, port, asOf }: RouterOptions): Promise<void> {
  const peer = peerOf(ctx);
  const known = spec.access === "open" ? null : await authenticator.caller(credentialsOf(ctx.req, port()), peer);
  if (spec.access === "token" && known?.via !== "token") throw new LoomError("UNAUTHENTICATED", "This takes the token, not a session.");
  const query = check("query", spec.query ?? nothing, queryOf(ctx));
  const body = spec.method === "GET" ? undefined : await bodyOf(spec, ctx);
  // Taken before anything is read: whatever comes after it on the feed is news to who has this answer.
  if (known) ctx.set("Loom-As-Of", asOf());
  const headers = ctx.req.headers as Record<string, string | undefined>;
  const answer = await spec.handle({ params: ctx["params"] as Record<string, string>, query, body, caller: known ?? nobody(), headers, peer });
  write(ctx, spec, answer);
}

async function bodyOf({ body }: RouteSpec, { req }: Context): Promise<unknown> {
  return body === "raw" ? readRaw(req) : check("body", body ?? nothing.optional(), await readJson(req));
}

/** The address at the other end of the socket; headers that claim another are not read. */
export function peerOf(ctx: Context): string {
  return ctx.req.socket.remoteAddress ?? "";
}

function nobody(): Caller {
  return { name: "", via: "session", sessionId: null };
}

/** A key that comes twice means two things: it is refused. */
export function queryOf(ctx: Context): Record<string, string> {
  const query: Record<string, string> = Object.create(null);
  for (const [key, value] of new URLSearchParams(ctx.querystring)) {
    if (key in query) throw new LoomError("BAD_INPUT", `The query has ${key} more than once.`, { problems: [{ path: key, message: "comes more than once" }] });
    query[key] = value;
  }
  return query;
}

function check(where: "query" | "body", schema: z.ZodType, value: unknown): unknown {
  const read = schema.safeParse(value);
  if (!read.success) throw badInput(where, read.error.issues);
  return read.data;
}

function write(ctx: Context, { answer: { status, schema } }: RouteSpec, answer: ApiAnswer): void {
  ctx.status = answer.status ?? status;
  if (answer.headers) ctx.set({ ...answer.headers });
  ctx.set("Cache-Control", "no-store");
  if (schema === null) return;
  ctx.set("Content-Type", typeof schema === "string" && answer.raw !== undefined ? schema : "application/json; charset=utf-8");
  ctx.body = answer.raw ?? JSON.stringify(answer.body);
}
