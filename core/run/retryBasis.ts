import type { DrivenRun, DrivenRunStore, WeaveStore } from "../store/contract.ts";
import { notKept, usedBefore } from "./refusals.ts";

type From = "start" | "failed";

/** What a retry is not begun twice for. */
export function retryKey(runId: string, from: From, onceKey: string): string {
  return `retry:${runId}:${from}:${onceKey}`;
}

/**
 * The run that was begun for this key before, whatever has become of its workflow since; null: none was.
 * @throws LoomError CONFLICT where it was for another way to do it again
 */
export async function retriedBefore(driven: DrivenRunStore, { id, strandId }: DrivenRun, from: From, onceKey: string): Promise<string | null> {
  const ways = [from, from === "start" ? "failed" : "start"] as const;
  const [same, other] = await Promise.all(ways.map((way) => driven.startedBy(strandId, retryKey(id, way, onceKey))));
  if (other) throw usedBefore();
  return same?.id ?? null;
}

/**
 * The run that has what was done: one that ended in the queue has not taken over what it was to go on from.
 * @throws LoomError CONFLICT
 */
export async function basisOf(driven: DrivenRunStore, weave: Pick<WeaveStore, "version">, run: DrivenRun): Promise<DrivenRun> {
  const basis = run.takesOver === null ? run : await driven.get(run.takesOver);
  if (!basis || (await isForgotten(weave, basis))) throw notKept();
  return basis;
}

/** Whether some of its steps are gone already: a run is forgotten step by step. */
async function isForgotten(weave: Pick<WeaveStore, "version">, { strandId, version, state }: DrivenRun): Promise<boolean> {
  if (state.status === "skipped") return false;
  // Where that cannot be read either, nothing speaks against it.
  const known = await weave.version(strandId, version).catch(() => null);
  return known?.facts.steps.some(({ id }) => !state.steps.has(id)) ?? false;
}
