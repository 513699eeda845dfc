import { Agent, createServer, request, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import Koa from "koa";
import { systemClock } from "../../core/clock/system.ts";
import { openDoor, TOKEN, type Door } from "../support/door.ts";
import { aRun, aSource, aStrand, look, T } from "../contract/fixtures.ts";
import { guardsRow } from "./guards.ts";
import { percentile } from "./percentile.ts";
import type { BenchRow } from "./row.ts";

const STRANDS = 1000;
const REQUESTS = 300;
const WARM_UP = 30;
const BOUND_MS = 20;

/** `GET strands` with a thousand strands that have run, beside a bare Koa route that sends the same bytes; and what the guards of a request cost. */
export async function httpBench(): Promise<BenchRow[]> {
  await using door = await openDoor();
  await fill(door);
  const path = `/api/loom/strands?limit=${STRANDS}`;
  const bytes = Buffer.from((await door.get(path)).text);
  const bare = await bareRoute(bytes);
  // In turns, so that whatever else the machine does falls on both alike.
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let i = 0; i < WARM_UP + REQUESTS; i++) {
    const loom = await timed(door.port, path);
    const koa = await timed((bare.address() as AddressInfo).port, "/");
    if (i < WARM_UP) continue;
    ours.push(loom);
    theirs.push(koa);
  }
  bare.close();
  agent.destroy();
  const [p50, p95, bareP95] = [percentile(ours, 0.5), percentile(ours, 0.95), percentile(theirs, 0.95)];
  return [
    {
      what: `GET strands, ${STRANDS} strands, ${(bytes.length / 1024).toFixed(0)} KiB`,
      bound: `p95 ≤ ${BOUND_MS} ms`,
      measured: `p50 ${p50.toFixed(1)}, p95 ${p95.toFixed(1)} ms`,
      beside: `bare Koa route, the same bytes: p95 ${bareP95.toFixed(1)} ms`,
      ratio: (p95 / bareP95).toFixed(2),
      ok: p95 <= BOUND_MS,
    },
    await guardsRow(),
  ];
}

async function fill({ store, index }: Door): Promise<void> {
  const source = await aSource(store);
  const ids = Array.from({ length: STRANDS }, (_, i) => `s:1:job-${i}`);
  const schedule = { kind: "cron", expression: "*/5 * * * *", zone: "Europe/Berlin" } as const;
  const strands = ids.map((id) => aStrand(id, { name: `Job ${id}`, description: "Keeps something in order", schedule, ownerTellsNext: false }));
  await store.strands.applyLook(look(source, 0, strands.map((strand) => ({ kind: "added", strand }))));
  const finished = Array.from({ length: 20 }, (_, i) => aRun(`run ${i}`, { startedAt: T - i * 300_000, finishedAt: T - i * 300_000 + 1000 }));
  await Promise.all(ids.map((strandId) => store.runs.observe({ strandId, at: T, finished, beforeFirstSight: true })));
  await index.settled();
}

async function bareRoute(bytes: Buffer): Promise<Server> {
  const app = new Koa();
  app.use((ctx) => {
    ctx.type = "json";
    ctx.body = bytes;
  });
  const server = createServer(app.callback()).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Milliseconds from the request to the last byte of its answer. */
function timed(port: number, path: string): Promise<number> {
  const start = systemClock.mono();
  return new Promise((resolve, reject) => {
    const outgoing = request({ agent, host: "127.0.0.1", port, path, headers: { Authorization: `Bearer ${TOKEN}` } }, (incoming) => {
      incoming.resume().on("end", () => resolve(systemClock.mono() - start));
      incoming.on("error", reject);
    });
    outgoing.on("error", reject).end();
  });
}
