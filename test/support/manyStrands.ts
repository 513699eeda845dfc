import type { ObservedRun } from "../../core/mirror/contract.ts";
import { aRun, aStrand, look, T } from "../contract/fixtures.ts";
import type { Door } from "./door.ts";

/** A store with as many strands as a large household of machines has, for benches of the page. */

const SOURCES = ["OpenClaw", "OpenClaw · work", "OpenClaw · lab", "crontab"];
const STEPS = ["fetch", "read", "think", "write", "deliver"];
const RUNS = 20;
const EVERY_MS = 300_000;

const ended = (step: string, index: number) => ({ id: step, status: "completed" as const, startedAt: T + index * 200, finishedAt: T + index * 200 + 200, output: "done" });

/** A run that went through every step. */
export function aLongRun(key: string, startedAt: number): ObservedRun {
  return aRun(key, { startedAt, finishedAt: startedAt + 1000, steps: STEPS.map(ended) });
}

/** Fills a door's store with strands of five steps and twenty runs each. Answers their ids. */
export async function manyStrands({ store, index }: Door, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const [at, label] of SOURCES.entries()) {
    const source = await store.sources.register({ plugin: "openclaw", nodeId: "node-1", identity: `/home/ann/${at}`, label, can: { setEnabled: true, runNow: true }, firingsWhileOff: {}, at: T });
    const mine = Array.from({ length: Math.ceil((count - ids.length) / (SOURCES.length - at)) }, (_, i) => `${source.id}:job-${String(i).padStart(4, "0")}`);
    const strands = mine.map((id, i) => aStrand(id, { name: `inbox triage ${label} ${i}`, description: "Reads what is new, and tells in five lines what matters.", schedule: { kind: "cron", expression: "*/5 * * * *", zone: "Europe/Berlin" }, steps: STEPS.map((step) => ({ id: step, label: step.toUpperCase(), shares: [`model:gpt-${i % 5}`] })) }));
    await store.strands.applyLook(look(source, 0, strands.map((strand) => ({ kind: "added", strand }))));
    ids.push(...mine);
  }
  const history = Array.from({ length: RUNS }, (_, i) => aLongRun(`run ${i}`, T - (i + 1) * EVERY_MS));
  await Promise.all(ids.map((strandId) => store.runs.observe({ strandId, at: T, finished: history, beforeFirstSight: true })));
  await index.settled();
  return ids;
}
