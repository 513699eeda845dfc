import type { DrivenRunStore } from "../store/contract.ts";
import type { Persist } from "./persist.ts";

/** Copies to a queued run what it takes over of another, part by part, so that others can store meanwhile. */
export async function takeOver(runId: string, driven: DrivenRunStore, persist: Persist, isWanted: () => boolean): Promise<void> {
  let after = "";
  while (isWanted()) {
    const next = await persist.write(() => driven.takeOver(runId, after));
    if (next === null) return;
    after = next;
  }
}
