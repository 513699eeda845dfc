import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../core/clock/system.ts";
import { checked } from "../../core/mirror/checkedSource.ts";
import type { Source } from "../../core/mirror/contract.ts";
import { SourceMirror } from "../../core/mirror/sourceMirror.ts";
import { openSqliteStore } from "../../core/store/sqlite/open.ts";
import { configSchema } from "../../plugins/openclaw-cron-mirror/config.ts";
import { findInstances } from "../../plugins/openclaw-cron-mirror/discover.ts";
import { GatewayReader } from "../../plugins/openclaw-cron-mirror/gatewayReader.ts";
import { openGateway } from "../../plugins/openclaw-cron-mirror/rpc.ts";
import { OpenClawSource } from "../../plugins/openclaw-cron-mirror/source.ts";
import { writeLegacyCron } from "../support/legacyCron.ts";
import { quietLog, startOpenClaw, type OpenClaw } from "../support/openclaw.ts";
import { OpenClawRpc } from "../support/openclawRpc.ts";
import { percentile } from "./percentile.ts";
import type { BenchRow } from "./row.ts";
import type { Waits } from "./statusPing.ts";

const JOBS = 500;
const RUNS_PER_JOB = 20;
const ROUNDS = 30;
const ALONE_MS = 5_000;
/** OpenClaw is done with its start when nobody has waited so long for two seconds. */
const SETTLED = { ms: 2_000, wait: 50, atMost: 60 };

/** What a first import of a real OpenClaw takes from others, and what looking at it costs afterwards. */
export async function openclawImportBench(): Promise<BenchRow[]> {
  const home = await mkdtemp(join(tmpdir(), "loom-bench-"));
  try {
    await writeLegacyCron(join(home, ".openclaw"), { jobs: JOBS, runsPerJob: RUNS_PER_JOB, at: systemClock.now() - 60_000 });
    await using openclaw = await startOpenClaw({ version: "2026.9.6", home });
    return await measured(openclaw, join(home, "loom.db"));
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function measured(openclaw: OpenClaw, file: string): Promise<BenchRow[]> {
  const ping = fork(new URL("statusPing.ts", import.meta.url), [openclaw.url, openclaw.token]);
  const stop = new AbortController();
  const store = await openSqliteStore({ file });
  const source = await sourceOf(openclaw, stop.signal);
  const record = await store.sources.register({ plugin: "bench", nodeId: "node", identity: "bench", label: "Bench", firingsWhileOff: {}, can: source.can, at: systemClock.now() });
  const mirror = new SourceMirror({ store, clock: systemClock, log: quietLog, source: checked(source, systemClock, (text) => text), record });
  try {
    await once(ping, "message");
    await untilSettled(ping);
    await waitsOf(ping);
    await systemClock.sleep(ALONE_MS);
    const alone = await waitsOf(ping);

    const began = systemClock.mono();
    const cpuBefore = process.cpuUsage();
    await mirror.start();
    await mirror.look();
    await mirror.imported();
    const importMs = systemClock.mono() - began;
    const importCpu = cpuSince(cpuBefore);
    const beside = await waitsOf(ping);
    ping.kill();

    const { bare, quick, full } = await lookCosts(openclaw, source, mirror);
    const stored = (await store.runs.list({ limit: 1, strandId: `${record.id}:00000000-0000-4000-8000-000000000000` })).items.length;
    if (stored !== 1) throw new Error("nothing was imported: OpenClaw did not take over the older layout");
    return [
      importRow(importMs, importCpu),
      waitRow(alone, beside),
      lookRow("look at 500 unchanged jobs that were listed anew: Loom's CPU beside the listing's", full.map((ms) => Math.max(0, ms - percentile(bare, 0.5))), bare),
      lookRow("look at 500 jobs of which OpenClaw says that nothing changed: Loom's CPU", quick, bare),
    ];
  } finally {
    ping.kill();
    await mirror.stop();
    stop.abort();
    await store.close();
  }
}

/** CPU milliseconds of each: only asking for the list and parsing it, a look without news, and a look that lists anew. */
async function lookCosts(openclaw: OpenClaw, source: OpenClawSource, mirror: SourceMirror): Promise<Record<"bare" | "quick" | "full", number[]>> {
  using rpc = new OpenClawRpc(openclaw.url, openclaw.token);
  const bare = await cpuOf(async () => {
    await rpc.call("cron.status");
    for (let offset = 0; offset < JOBS; offset += 200) await rpc.call("cron.list", { includeDisabled: true, limit: 200, offset, includeDeliveryPreviews: false, sortBy: "name", sortDir: "asc" });
  });
  const quick = await cpuOf(() => mirror.look());
  const { reader, lists } = await listing(openclaw, source);
  mirror.use(checked(lists, systemClock, (text) => text));
  const full = await cpuOf(() => mirror.look(), () => reader.outdated());
  return { bare, quick, full };
}

/** The same source on a connection of its own, which can be told that it is out of date, as an event would. */
async function listing(openclaw: OpenClaw, source: OpenClawSource): Promise<{ reader: GatewayReader; lists: Source }> {
  const options = { clock: systemClock, log: quietLog, signal: AbortSignal.any([]) };
  const gateway = await openGateway({ ...options, url: openclaw.url, credentials: { token: openclaw.token }, scopes: ["operator.read"] });
  const nowhere = (): Promise<never> => Promise.reject(new Error("no history is read"));
  const reader = new GatewayReader({ ...options, hostZone: "UTC", open: nowhere, apart: nowhere, onChange: () => {} });
  const { identity, label, can, firingsWhileOff } = source;
  return { reader, lists: { identity, label, can, firingsWhileOff, snapshot: (look) => reader.snapshot(gateway, look) } };
}

/** CPU milliseconds of this process for each round of something, after some that are not counted. */
async function cpuOf(work: () => Promise<unknown>, prepare = (): void => {}): Promise<number[]> {
  const samples: number[] = [];
  for (let round = -ROUNDS / 3; round < ROUNDS; round++) {
    // A look that follows another rests first; the rest is not part of the figure.
    await systemClock.sleep(500);
    prepare();
    const before = process.cpuUsage();
    await work();
    if (round >= 0) samples.push(cpuSince(before));
  }
  return samples;
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

async function sourceOf(openclaw: OpenClaw, signal: AbortSignal): Promise<OpenClawSource> {
  const [instance] = await findInstances(configSchema.parse({}), { env: { OPENCLAW_STATE_DIR: openclaw.stateDir }, home: "/nonexistent" });
  return new OpenClawSource(instance!, { clock: systemClock, log: quietLog, signal, hostZone: "UTC" });
}

/** After its start OpenClaw is busy with itself for a quarter of a minute. */
async function untilSettled(ping: ChildProcess): Promise<void> {
  for (let tries = 0; tries < SETTLED.atMost; tries++) {
    await systemClock.sleep(SETTLED.ms);
    const waits = await waitsOf(ping);
    if (waits.length > 10 && Math.max(...waits) < SETTLED.wait) return;
  }
}

/** What was waited for since the last call. */
async function waitsOf(ping: ChildProcess): Promise<Waits> {
  ping.send("waits");
  const [waits] = (await once(ping, "message")) as [Waits];
  return waits;
}

function importRow(ms: number, cpu: number): BenchRow {
  return {
    what: `first import of ${JOBS} jobs × ${RUNS_PER_JOB} runs from a real OpenClaw`,
    bound: "≤ 5 s",
    measured: `${(ms / 1_000).toFixed(2)} s`,
    beside: `Loom's CPU ${(cpu / 1_000).toFixed(2)} s`,
    ratio: (ms / cpu).toFixed(1),
    ok: ms <= 5_000,
  };
}

function waitRow(alone: Waits, beside: Waits): BenchRow {
  const [longestAlone, longest] = [Math.max(...alone), Math.max(...beside)];
  return {
    what: `longest wait of somebody who asks OpenClaw for its status each 20 ms meanwhile (${beside.length} times)`,
    bound: "≤ 200 ms more than without",
    measured: `${longest.toFixed(0)} ms`,
    beside: `without ${longestAlone.toFixed(0)} ms (${alone.length} times)`,
    ratio: (longest / longestAlone).toFixed(1),
    ok: longest <= longestAlone + 200,
  };
}

function lookRow(what: string, samples: readonly number[], bare: readonly number[]): BenchRow {
  const p50 = percentile(samples, 0.5);
  return {
    what,
    bound: "p50 ≤ 20 ms",
    measured: `p50 ${p50.toFixed(1)} ms, p95 ${percentile(samples, 0.95).toFixed(1)} ms`,
    beside: `listing alone ${percentile(bare, 0.5).toFixed(1)} ms`,
    ratio: (p50 / percentile(bare, 0.5)).toFixed(2),
    ok: p50 <= 20,
  };
}
