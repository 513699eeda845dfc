import { systemClock } from "../../core/clock/system.ts";
import { IsolateStage, versionOf } from "../support/isolateStage.ts";
import { percentile } from "./percentile.ts";
import type { BenchRow } from "./row.ts";

const CALLS = 500;
const AT_ONCE = 30;
const MANY = 20_000;
const BEAT_MS = 5;

const VERSION = versionOf({
  none: "() => null",
  print: 'async () => { for (let i = 0; i < 100_000; i++) console.log("x".repeat(99)); }',
  fill: "() => { const kept = []; for (;;) kept.push(Buffer.alloc(20_000_000, 1)); }",
});

/** What it costs to run steps outside of the gateway's process, and whether that holds the gateway up. */
export async function isolateBench(): Promise<BenchRow[]> {
  await using stage = new IsolateStage();
  const { ms: cold } = await timed(() => stage.step(VERSION, "none"));
  const waits: number[] = [];
  for (let call = 0; call < CALLS; call++) waits.push((await timed(() => stage.step(VERSION, "none"))).ms);
  const { ms: allMs } = await timed(() => Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let call = 0; call < MANY / AT_ONCE; call++) await stage.step(VERSION, "none");
  })));
  const perSecond = Math.round(MANY / (allMs / 1_000));
  const printing = await longestPause(() => stage.step(VERSION, "print"));
  const filling = await longestPause(() => stage.step(VERSION, "fill"));
  const [p50, p95] = [percentile(waits, 0.5), percentile(waits, 0.95)];
  return [
    row("a step there and back, warm", "p50 ≤ 10 ms, p95 ≤ 30 ms", `${p50.toFixed(2)} ms, ${p95.toFixed(2)} ms`, `first one ${cold.toFixed(0)} ms`, p50 <= 10 && p95 <= 30),
    row(`steps a second, ${AT_ONCE} at once`, "≥ 2,000", perSecond.toLocaleString("en"), "", perSecond >= 2_000),
    row("longest pause while a step prints 10 MB", "≤ 50 ms", `${printing.toFixed(0)} ms`, "", printing <= 50),
    row("longest pause while a step fills its memory", "≤ 100 ms", `${filling.toFixed(0)} ms`, "", filling <= 100),
  ];
}

function row(what: string, bound: string, measured: string, beside: string, ok: boolean): BenchRow {
  return { what, bound, measured, beside, ratio: "", ok };
}

async function timed<T>(act: () => Promise<T>): Promise<{ readonly ms: number }> {
  const begun = systemClock.mono();
  await act();
  return { ms: systemClock.mono() - begun };
}

/** The longest that this event loop stood still meanwhile, in milliseconds. */
async function longestPause(act: () => Promise<unknown>): Promise<number> {
  let [last, longest] = [systemClock.mono(), 0];
  using _beat = systemClock.interval(BEAT_MS, () => {
    const now = systemClock.mono();
    longest = Math.max(longest, now - last - BEAT_MS);
    last = now;
  });
  await act();
  return longest;
}
