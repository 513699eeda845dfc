import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../core/clock/system.ts";
import { RunHome } from "../support/runHome.ts";
import { bareCommits } from "./bareCommits.ts";
import { percentile } from "./percentile.ts";
import type { BenchRow } from "./row.ts";

const STARTS = 300;
const IN_FLIGHT = 30;
const CHAIN = 20;
const FOR_MS = 8_000;
const ROUND_MS = 1_000;

/** How soon a step's code runs after a run was asked for, and how many steps a second are durable. */
export async function runsBench(): Promise<BenchRow[]> {
  return [await measureStarts(), await measureSteps()];
}

async function measureStarts(): Promise<BenchRow> {
  await using home = await RunHome.open();
  await home.weave('{ id: "w", name: "W", concurrency: { runs: 10 }, steps: [{ id: "one", label: "ONE", run: ({ progress }) => progress(1) }] }');
  const samples: number[] = [];
  for (let i = 0; i < STARTS; i++) samples.push(await startToFirstLine(home));
  // The first ones find no thread that has loaded the version.
  const warm = samples.slice(10);
  const [p50, p95] = [percentile(warm, 0.5), percentile(warm, 0.95)];
  return { what: "trigger → first line of the step's code, warm", bound: "p50 ≤ 10 ms, p95 ≤ 30 ms", measured: `${p50.toFixed(1)} ms, ${p95.toFixed(1)} ms`, beside: `the first one ${samples[0]!.toFixed(0)} ms`, ratio: "", ok: p50 <= 10 && p95 <= 30 };
}

async function startToFirstLine(home: RunHome): Promise<number> {
  const begun = systemClock.mono();
  const heard = Promise.withResolvers<number>();
  const stop = home.runs.onNews((news) => news.is === "progress" && heard.resolve(systemClock.mono() - begun));
  const id = await home.begin("w");
  const ms = await heard.promise;
  stop();
  await home.heard("run.finished", id);
  return ms;
}

async function measureSteps(): Promise<BenchRow> {
  const folder = await mkdtemp(join(tmpdir(), "loom-bench-"));
  const disk = bareCommits(join(folder, "bare.db"));
  try {
    await using home = await RunHome.open();
    const steps = Array.from({ length: CHAIN }, (_, i) => `{ id: "s${i}", label: "S", dependsOn: [${i > 0 ? `"s${i - 1}"` : ""}], run: () => null }`);
    await home.weave(`{ id: "w", name: "W", concurrency: { runs: 1000 }, steps: [${steps.join(",")}] }`);
    await home.run("w");
    const before = disk.rate(ROUND_MS);
    const done = await stepsDone(home);
    const commits = (before + disk.rate(ROUND_MS)) / 2;
    const rate = (done.steps * 1_000) / done.ms;
    const perCommit = done.writes / done.commits;
    return {
      what: `durable steps a second, ${IN_FLIGHT} runs in flight`,
      bound: "≥ 2,000",
      measured: `${Math.round(rate).toLocaleString("en")}/s, ${Math.round((done.commits * 1_000) / done.ms)} commits/s, ${perCommit.toFixed(1)} writes each`,
      beside: `bare commits ${Math.round(commits)}/s; ${IN_FLIGHT} sharing each would be ${Math.round(commits * IN_FLIGHT)}/s`,
      ratio: `${((rate * 100) / (commits * IN_FLIGHT)).toFixed(0)} % of that`,
      ok: rate >= 2_000,
    };
  } finally {
    disk.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function stepsDone(home: RunHome): Promise<{ readonly steps: number; readonly ms: number; readonly commits: number; readonly writes: number }> {
  const before = await home.store.stats();
  let steps = 0;
  const stop = home.store.onCommit((events) => (steps += events.filter(({ type }) => type === "step.completed").length));
  const begun = systemClock.mono();
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    while (systemClock.mono() - begun < FOR_MS) await home.heard("run.finished", await home.begin("w"));
  }));
  const ms = systemClock.mono() - begun;
  stop();
  const after = await home.store.stats();
  return { steps, ms, commits: after.commits - before.commits, writes: after.writes - before.writes };
}
