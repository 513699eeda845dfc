import type { Clock } from "../clock/clock.ts";
import { isLoomError } from "../errors/loomError.ts";
import type { RunAnswer, Runs } from "../run/contract.ts";
import type { WeaveStore } from "../store/contract.ts";
import type { Wanted } from "./contract.ts";

/** What became of a command for one of Loom's own strands: no other owner has to be asked, so it is known at once. */
export interface WovenEnd {
  readonly status: "confirmed" | "refused";
  /** The run that it started, or of a refused one the run that is stored as skipped. */
  readonly runId: string | null;
  readonly reason: string | null;
}

/** Carries out commands for Loom's own strands. */
export interface WovenCommands {
  /** @throws LoomError NOT_FOUND, WORKFLOW_INPUT_INVALID, WORKFLOW_BROKEN, STOPPING */
  carryOut(wanted: Wanted): Promise<WovenEnd>;
}

const SKIPPED: Readonly<Record<string, string>> = {
  overlap: "It was skipped: another run is under way.",
  queue_full: "It was skipped: too many runs wait already.",
};

export function wovenCommands({ runs, weave, clock }: { runs: Pick<Runs, "start">; weave: Pick<WeaveStore, "switch">; clock: Clock }): WovenCommands {
  return {
    async carryOut({ strandId, kind, by, input, makeUp = false }) {
      if (kind !== "run") {
        const answer = await weave.switch(strandId, kind === "reset" ? null : kind === "enable", clock.now(), { makeUp });
        return answer.outcome === "ok" ? { status: "confirmed", runId: null, reason: null } : { status: "refused", runId: null, reason: "It is gone." };
      }
      try {
        return endOf(await runs.start({ strandId, trigger: "manual", by, ...(input !== undefined && { input }) }));
      } catch (error) {
        // Such as a strand that is paused: no mistake of who asked, but an answer to be kept.
        if (isLoomError(error) && error.code === "CONFLICT") return { status: "refused", runId: null, reason: error.message };
        throw error;
      }
    },
  };
}

function endOf(answer: RunAnswer): WovenEnd {
  const { runId } = answer;
  if (answer.outcome === "skipped") return { status: "refused", runId, reason: SKIPPED[answer.reason] ?? `It was skipped: ${answer.reason}.` };
  return { status: "confirmed", runId, reason: answer.outcome === "queued" ? "It waits for its turn." : null };
}
