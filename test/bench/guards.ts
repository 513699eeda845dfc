import { Agent, createServer, request, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import Koa from "koa";
import { systemClock } from "../../core/clock/system.ts";
import { followToken, openHome, openToken } from "../../core/config/home.ts";
import type { RouteSpec } from "../../core/http/route.ts";
import type { Caller } from "../../core/http/services.ts";
import { openDoor } from "../support/door.ts";
import { makeFolder } from "../support/folder.ts";
import { percentile } from "./percentile.ts";
import type { BenchRow } from "./row.ts";

const PATH = "/api/loom/plugins";
const REQUESTS = 3000;
const WARM_UP = 500;
const BOUND_MS = 0.2;
const ANYBODY: Caller = { name: "", via: "token", role: "viewer", scope: null, sessionId: null, tokenId: null, expiresAt: null };

/** What a request pays for the guards: a small answer behind all of them, beside the same handler in a Koa application without any. */
export async function guardsRow(): Promise<BenchRow> {
  await using folder = await makeFolder();
  const home = await openHome(folder.at("home"));
  const token = await openToken(home);
  // It is compared with its file at each request, as in a gateway.
  await using door = await openDoor({ services: { adminToken: followToken(home) } });
  const bare = await without(door.http.routes.find(({ method, path }) => method === "GET" && path === PATH)!);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const samples = { guarded: [] as number[], bare: [] as number[] };
  // In turns, so that whatever else the machine does falls on both alike.
  for (let i = 0; i < WARM_UP + REQUESTS; i++) {
    const guarded = await timed(agent, door.port, token);
    const beside = await timed(agent, (bare.address() as AddressInfo).port, token);
    if (i < WARM_UP) continue;
    samples.guarded.push(guarded);
    samples.bare.push(beside);
  }
  bare.close();
  agent.destroy();
  const [guarded, beside] = [percentile(samples.guarded, 0.5), percentile(samples.bare, 0.5)];
  return {
    what: `all guards of a request (median of ${REQUESTS})`,
    bound: `≤ ${BOUND_MS} ms`,
    measured: `${(guarded - beside).toFixed(3)} ms, of ${guarded.toFixed(3)}`,
    beside: `the same handler without guards: ${beside.toFixed(3)} ms`,
    ratio: `${(guarded / beside).toFixed(2)}×`,
    ok: guarded - beside <= BOUND_MS,
  };
}

async function without(spec: RouteSpec): Promise<Server> {
  const app = new Koa();
  app.use(async (ctx) => {
    const { body } = await spec.handle({ params: {}, query: {}, body: undefined, caller: ANYBODY, headers: {}, peer: "", origin: "", hasPage: true, proved: (_name, change) => change() });
    ctx.type = "json";
    ctx.body = JSON.stringify(body);
  });
  const server = createServer(app.callback()).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** Milliseconds from the request to the end of its answer. */
function timed(agent: Agent, port: number, token: string): Promise<number> {
  const start = systemClock.mono();
  return new Promise((resolve, reject) => {
    const outgoing = request({ agent, host: "127.0.0.1", port, path: PATH, headers: { Authorization: `Bearer ${token}` } }, (incoming) => {
      if (incoming.statusCode !== 200) reject(new Error(`an answer was ${incoming.statusCode}`));
      incoming.resume().on("end", () => resolve(systemClock.mono() - start));
    });
    outgoing.on("error", reject).end();
  });
}
