import { isLoomError, type LoomError } from "../errors/loomError.ts";
import type { DrivenRunStore } from "../store/contract.ts";
import type { Told } from "./fold.ts";
import type { RunState } from "./machine/state.ts";
import { isStepOver } from "./machine/states.ts";
import type { Persist } from "./persist.ts";

interface Standing {
  readonly id: string;
  readonly state: RunState;
}

/**
 * Copies to a queued run what it takes over of another, part by part, so that others can store meanwhile.
 * @returns what the run is to be told then; null: it was not wanted to the end
 */
export async function takeOver(run: Standing, driven: DrivenRunStore, persist: Persist, isWanted: () => boolean): Promise<Told | null> {
  let after = "";
  while (isWanted()) {
    try {
      const next = await persist.write(() => driven.takeOver(run.id, after));
      if (next === null) return { happening: { is: "admitted" }, facts: [] };
      after = next;
    } catch (error) {
      // To wait would mend nothing, and hold up those that come after it.
      if (isLoomError(error) && error.code === "STORE_CORRUPT") return unreadable(run, error);
      throw error;
    }
  }
  return null;
}

function unreadable({ state }: Standing, { message }: LoomError): Told {
  const error = `What it was to go on from cannot be read: ${message} Do it again; where that stays so, from its beginning.`;
  const facts = [...state.steps.values()].filter(({ status }) => !isStepOver(status)).map(({ id: step }) => ({ step, error }));
  return { happening: { is: "cannotBegin", code: "RESULTS_NOT_READ" }, facts };
}
