import { Readable } from "node:stream";
import Router from "@koa/router";
import type { Context, Middleware } from "koa";
import * as z from "zod";
import { isLoomError, LoomError } from "../errors/loomError.ts";
import type { Role } from "../store/contract.ts";
import { detailOf, type Audit, type Wish } from "./audit.ts";
import { keyOf, type Answers } from "./guards/answers.ts";
import { credentialsOf, type Authenticator } from "./guards/auth.ts";
import type { Bodies, BodyRoom } from "./guards/body.ts";
import type { Way } from "./guards/host.ts";
import { permit } from "./guards/roles.ts";
import { badInput } from "./problems.ts";
import type { ApiAnswer, Proved, RouteSpec } from "./route.ts";
import type { Caller } from "./services.ts";

const nothing = z.strictObject({});
const STREAM_BYTES = 1024 * 1024;
/** Of a body of who has shown nothing yet, such as a code to sign in with, and of one that nobody asked for. */
const SHORT_BYTES = 4 * 1024;
/** Of a query, which no address takes a tenth of: to read thousands takes milliseconds. */
const MOST_KEYS = 100;
/** Who calls where no credential is asked for. */
const NOBODY: Caller = { name: "", via: "session", role: "viewer", scope: [], sessionId: null, tokenId: null, expiresAt: null };

export interface RouterOptions {
  readonly authenticator: Authenticator;
  readonly audit: Audit;
  /** Bodies of those who have shown a credential, and of those who need none: the one cannot take the others' room. */
  readonly bodies: { readonly known: Bodies; readonly unknown: Bodies };
  readonly answers: Answers;
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

async function handle(spec: RouteSpec, ctx: Context, { authenticator, audit, bodies, answers, port, asOf }: RouterOptions): Promise<void> {
  const way = wayOf(ctx);
  const { peer } = way;
  const callerNow = async (): Promise<Caller> => (spec.access === "open" ? NOBODY : authenticator.caller(credentialsOf(ctx.req, port(), way), peer));
  let caller = await callerNow();
  const params = ctx["params"] as Record<string, string>;
  const wish = { action: `${spec.method} ${spec.path}`, target: params["id"] ?? null, peer };
  if (spec.access !== "open") await allowed(audit, caller, spec, wish, ctx.path);
  const query = check("query", spec.query ?? nothing, queryOf(ctx));
  using room = (spec.access === "open" ? bodies.unknown : bodies.known).room(spec.access === "open" ? peer : keyOf(caller), spec.access === "open" ? ctx.path : "");
  const body = spec.method === "GET" ? undefined : await bodyOf(spec, ctx, room);
  // Who sends slowly may have been shut out meanwhile.
  if (spec.method !== "GET") caller = await callerNow();
  // Taken before anything is read: whatever comes after it on the feed is news to who has this answer.
  if (spec.access !== "open") ctx.set("Loom-As-Of", asOf());
  const headers = ctx.req.headers as Record<string, string | undefined>;
  const proved: Proved = (name, change) => audit.around({ name, tokenId: null, role: null, via: "secret" }, { ...wish, detail: null }, change);
  const handled = (): Promise<ApiAnswer> => Promise.resolve(spec.handle({ ...way, params, query, body, caller, headers, proved }));
  const made = async (): Promise<Made> => {
    const answer = await changed(audit, caller, spec, { ...wish, detail: detailOf(body) }, handled);
    return { answer, content: contentOf(spec, answer) };
  };
  const reads = spec.method === "GET";
  // Changes are answered in few words, but for some.
  const isCounted = spec.access !== "open" && (reads || spec.isLong === true);
  const makes = (): Promise<Made> => {
    if (!reads) answers.refuseMore(caller);
    return reads && spec.isLong ? answers.makeLong(caller, ctx.res, callerNow, made) : made();
  };
  const { answer, content } = isCounted ? await answers.make(caller, spec.ofPlugin ? params["id"]! : "", ctx.res, callerNow, async () => makes()) : await made();
  if (isCounted) answers.count(caller, ctx.res, sizeOf(content), !reads);
  write(ctx, spec, answer, content);
}

/**
 * Whether a caller may use a route. A change that they may not make is kept as well: who tries that is worth knowing.
 * @throws LoomError FORBIDDEN
 */
export async function allowed(audit: Audit, caller: Caller, { method, access, bearerOnly }: Pick<RouteSpec, "access" | "bearerOnly"> & { readonly method: string }, wish: Omit<Wish, "detail">, path: string): Promise<void> {
  try {
    if (bearerOnly && caller.via !== "token") throw new LoomError("FORBIDDEN", "This takes a token, not a session.");
    permit(caller, access as Role, path);
  } catch (error) {
    if (method !== "GET" && isLoomError(error)) await audit.refused(caller, { ...wish, detail: null }, error.code);
    throw error;
  }
}

/** Nothing is kept where nothing can change, nor of those who had to show nothing, until they have shown it in another way (`proved`): they could fill the disk. */
async function changed(audit: Audit, caller: Caller, spec: RouteSpec, wish: Wish, handle: () => Promise<ApiAnswer>): Promise<ApiAnswer> {
  if (spec.method === "GET" || spec.access === "open" || (spec.ofSession && caller.sessionId === null)) return handle();
  return audit.around(caller, wish, handle);
}

async function bodyOf({ access, body }: RouteSpec, { req }: Context, room: BodyRoom): Promise<unknown> {
  return body === "raw" ? room.raw(req) : check("body", body ?? nothing.optional(), await room.json(req, access === "open" || body === undefined ? SHORT_BYTES : undefined));
}

/** How a request came in, as the guards found it. */
export function wayOf(ctx: Context): Way {
  return ctx.state["way"] as Way;
}

/** A key that comes twice means two things: it is refused. */
export function queryOf(ctx: Context): Record<string, string> {
  if (ctx.querystring.split("&", MOST_KEYS + 1).length > MOST_KEYS) throw new LoomError("BAD_INPUT", `The query has more than ${MOST_KEYS} keys.`);
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

type Content = string | Buffer | Readable | null;

interface Made {
  readonly answer: ApiAnswer;
  readonly content: Content;
}

function contentOf({ answer: { schema } }: RouteSpec, answer: ApiAnswer): Content {
  return schema === null ? null : (answer.raw ?? JSON.stringify(answer.body));
}

/** Of what is sent piece by piece, no more than some pieces are ever there. */
function sizeOf(content: Content): number {
  return content === null ? 0 : content instanceof Readable ? STREAM_BYTES : content.length;
}

function write(ctx: Context, { answer: { status, schema } }: RouteSpec, answer: ApiAnswer, content: Content): void {
  ctx.status = answer.status ?? status;
  if (answer.headers) ctx.set({ ...answer.headers });
  ctx.set("Cache-Control", "no-store");
  if (content === null) return;
  ctx.set("Content-Type", typeof schema === "string" && answer.raw !== undefined ? schema : "application/json; charset=utf-8");
  ctx.body = content;
}
