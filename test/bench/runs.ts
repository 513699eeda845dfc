import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../core/clock/system.ts";
import { findLines } from "../../core/http/findLines.ts";
import { outputParts, outputText } from "../../core/http/stepOutput.ts";
import { createRedactor } from "../../core/log/redact.ts";
import { RunHome } from "../support/runHome.ts";
import { bareCommits } from "./bareCommits.ts";
import { obtainDbos, openDbosChain, peerName } from "./dbos.ts";
import { percentile } from "./percentile.ts";
import type { BenchRow } from "./row.ts";

const STARTS = 300;
const IN_FLIGHT = 30;
const CHAIN = 20;
const FOR_MS = 6_000;
const ROUND_MS = 1_000;
const BEAT_MS = 5;

/** How soon a step's code runs after a run was asked for, and how many steps a second are durable. */
export async function runsBench(): Promise<BenchRow[]> {
  const starts = await measureStarts();
  const { row, rate } = await measureSteps();
  return [starts, row, await measureBesideDbos(rate), await measureOutput()];
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

/** Ten megabytes that a step prints, looked through for twenty secrets, stored and told to whoever watches, then read and searched as a whole. */
async function measureOutput(): Promise<BenchRow> {
  const secrets = Array.from({ length: 20 }, (_, n) => [`S${n}_TOKEN`, createHash("sha256").update(`${n}`).digest("base64")]);
  await using home = await RunHome.open({ redactor: createRedactor(Object.fromEntries(secrets) as Record<string, string>) });
  await home.weave('{ id: "w", name: "W", steps: [{ id: "one", label: "ONE", run: () => { for (let i = 0; i < 100_000; i++) console.log("x".repeat(99)); } }] }');
  await home.run("w");
  const before = process.memoryUsage.rss();
  let [last, pause, most] = [systemClock.mono(), 0, 0];
  using _beat = systemClock.interval(BEAT_MS, () => {
    const now = systemClock.mono();
    pause = Math.max(pause, now - last - BEAT_MS);
    most = Math.max(most, process.memoryUsage.rss() - before);
    last = now;
  });
  const begun = systemClock.mono();
  const id = await home.begin("w");
  await home.heard("run.finished", id);
  const ms = systemClock.mono() - begun;
  for await (const _text of outputText(outputParts(home.store, id, "one")));
  await findLines(outputParts(home.store, id, "one"), "nowhere", 100);
  return { what: "10 MB of a step's output, without secrets, stored, told, read and searched", bound: "pause ≤ 50 ms", measured: `longest pause ${pause.toFixed(0)} ms`, beside: `stored in ${ms.toFixed(0)} ms, ${(most / 2 ** 20).toFixed(0)} MB more memory`, ratio: "", ok: pause <= 50 };
}

async function measureSteps(): Promise<{ readonly row: BenchRow; readonly rate: number }> {
  const folder = await mkdtemp(join(tmpdir(), "loom-bench-"));
  const disk = bareCommits(join(folder, "bare.db"));
  try {
    await using home = await RunHome.open();
    home.plugin({ executors: [{ kind: "nothing", recovery: "retry", execute: async () => null }] });
    await home.weave(chain("isolated", "run: () => null"));
    await home.weave(chain("inside", 'executor: "nothing"'));
    await Promise.all([home.run("isolated"), home.run("inside")]);
    const before = disk.rate(ROUND_MS);
    const [done, limit] = [await stepsDone(home, "isolated"), await stepsDone(home, "inside")];
    const commits = (before + disk.rate(ROUND_MS)) / 2;
    const [rate, most] = [done, limit].map(({ steps, ms }) => (steps * 1_000) / ms) as [number, number];
    const row = {
      what: `durable steps a second, ${IN_FLIGHT} runs in flight`,
      bound: "≥ 2,000",
      measured: `${whole(rate)}/s, ${(done.writes / done.commits).toFixed(1)} changes a commit`,
      beside: `stored alike without isolates ${whole(most)}/s; bare commits ${whole(commits)}/s`,
      ratio: `${((rate * 100) / most).toFixed(0)} %`,
      ok: rate >= 2_000,
    };
    return { row, rate };
  } finally {
    disk.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same shape of work for a peer; its steps run in its own process, ours in isolates. */
async function measureBesideDbos(rate: number): Promise<BenchRow> {
  const row = { what: `the same beside ${peerName}`, bound: "none", measured: `${whole(rate)}/s`, ok: true };
  const dbos = obtainDbos();
  if ("missing" in dbos) return { ...row, beside: `DBOS not measured: ${dbos.missing}`, ratio: "" };
  await using chain = await openDbosChain(dbos.folder, CHAIN);
  await chain.run();
  let runs = 0;
  const ms = await keepInFlight(async () => {
    await chain.run();
    runs++;
  });
  const theirs = (runs * CHAIN * 1_000) / ms;
  return { ...row, beside: `DBOS ${whole(theirs)}/s`, ratio: `${(rate / theirs).toFixed(1)} ×` };
}

/** Steps that do nothing, one after the other. */
function chain(id: string, does: string): string {
  const steps = Array.from({ length: CHAIN }, (_, i) => `{ id: "s${i}", label: "S", dependsOn: [${i > 0 ? `"s${i - 1}"` : ""}], ${does} }`);
  return `{ id: "${id}", name: "W", concurrency: { runs: 1000 }, steps: [${steps.join(",")}] }`;
}

function whole(rate: number): string {
  return Math.round(rate).toLocaleString("en");
}

async function stepsDone(home: RunHome, strandId: string): Promise<{ readonly steps: number; readonly ms: number; readonly commits: number; readonly writes: number }> {
  const before = await home.store.stats();
  let steps = 0;
  const stop = home.store.onCommit((events) => (steps += events.filter(({ type }) => type === "step.completed").length));
  const ms = await keepInFlight(async () => home.heard("run.finished", await home.begin(strandId)));
  stop();
  const after = await home.store.stats();
  return { steps, ms, commits: after.commits - before.commits, writes: after.writes - before.writes };
}

/** Begins a run for each that ends; gives the milliseconds until the last has ended. */
async function keepInFlight(run: () => Promise<unknown>): Promise<number> {
  const begun = systemClock.mono();
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    while (systemClock.mono() - begun < FOR_MS) await run();
  }));
  return systemClock.mono() - begun;
}
