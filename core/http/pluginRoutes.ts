import type { Middleware } from "koa";
import type { Clock } from "../clock/clock.ts";
import { LoomError } from "../errors/loomError.ts";
import type { JsonObject } from "../mirror/contract.ts";
import type { Route } from "../plugin/contract.ts";
import { detailOf } from "./audit.ts";
import { keyOf } from "./guards/answers.ts";
import { credentialsOf } from "./guards/auth.ts";
import { pluginAnswer } from "./pluginAnswer.ts";
import { allowed, queryOf, wayOf, type RouterOptions } from "./router.ts";
import type { Caller, HttpServices } from "./services.ts";

/** Addresses that plugins bring, under `/plugins/<id>/`, found anew at each request: they come and go with their plugin. */
export function pluginRouter(routes: HttpServices["routes"], { authenticator, audit, bodies, answers, port, clock }: Omit<RouterOptions, "asOf"> & { readonly clock: Clock }): Middleware {
  return async (ctx, next) => {
    if (!ctx.path.startsWith("/plugins/")) return next();
    const way = wayOf(ctx);
    const { peer } = way;
    const callerNow = (): Promise<Caller> => authenticator.caller(credentialsOf(ctx.req, port(), way), peer);
    let caller = await callerNow();
    const found = find(routes, ctx.method === "HEAD" ? "GET" : ctx.method, ctx.path);
    if (!found) throw new LoomError("NOT_FOUND", `No plugin answers ${ctx.method} ${ctx.path}.`, { help: "`loom plugins` lists what there is." });
    const { route, params, key, plugin } = found;
    const reads = route.method === "GET";
    const wish = { action: key, target: null, peer };
    await allowed(audit, caller, { method: route.method, access: reads ? "viewer" : "operator" }, wish, ctx.path);
    using room = bodies.known.room(keyOf(caller), plugin);
    const body = reads ? undefined : await room.json(ctx.req);
    // Who sends slowly may have been shut out meanwhile.
    if (!reads) caller = await callerNow();
    const query = queryOf(ctx);
    const handle = (): Promise<Awaited<ReturnType<Route["handle"]>>> => pluginAnswer(clock, plugin, async () => route.handle({ params, query, body }));
    const answer = reads ? await answers.make(caller, plugin, ctx.res, callerNow, handle) : await audit.around(caller, { ...wish, detail: partsOf({ address: params, query, body }) }, handle);
    const content = JSON.stringify(answer.body ?? null);
    if (reads) answers.count(caller, ctx.res, content.length);
    ctx.status = answer.status ?? 200;
    ctx.set("Cache-Control", "no-store");
    ctx.set("Content-Type", "application/json; charset=utf-8");
    ctx.body = content;
  };
}

/** Each apart: whoever sends a body names its fields, and could name another target than the address has. */
function partsOf(sent: Readonly<Record<"address" | "query" | "body", unknown>>): JsonObject {
  const parts = Object.entries(sent).map(([name, part]) => [name, detailOf(part)] as const);
  return Object.fromEntries(parts.filter(([, detail]) => detail !== null && Object.keys(detail).length > 0));
}

function find(routes: HttpServices["routes"], method: string, path: string): { route: Route; params: Record<string, string>; key: string; plugin: string } | null {
  for (const { key, item, owner } of routes.list()) {
    const [wanted, pattern = ""] = key.split(" ", 2);
    const params = wanted === method ? match(pattern, path) : null;
    if (params) return { route: item, params, key, plugin: owner.plugin };
  }
  return null;
}

/** Segment by segment; `:name` takes one that is not empty, decoded. */
function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = Object.create(null);
  for (const [i, segment] of wanted.entries()) {
    if (!segment.startsWith(":")) {
      if (segment !== given[i]) return null;
      continue;
    }
    const value = decode(given[i]!);
    if (!value) return null;
    params[segment.slice(1)] = value;
  }
  return params;
}

function decode(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
