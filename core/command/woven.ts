import type { Clock } from "../clock/clock.ts";
import { isLoomError } from "../errors/loomError.ts";
import type { RunAnswer, Runs } from "../run/contract.ts";
import type { DrivenRunStore, WeaveStore } from "../store/contract.ts";
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
  /**
   * Carries a command out, once however often this is called for the same `id`.
   * @param store stores the command; called once it is known that it can be carried out, and before it is
   * @throws LoomError NOT_FOUND, WORKFLOW_INPUT_INVALID, WORKFLOW_BROKEN, WORKFLOWS_BUSY, STOPPING
   */
  carryOut(wanted: Wanted, id: string, store: () => Promise<void>): Promise<WovenEnd>;
  /** What has become of the command, where a run tells it; null: none does. */
  ended(strandId: string, id: string): Promise<WovenEnd | null>;
}

export interface WovenCommandsOptions {
  readonly runs: Pick<Runs, "start">;
  readonly weave: Pick<WeaveStore, "switch">;
  readonly driven: Pick<DrivenRunStore, "startedBy">;
  readonly clock: Clock;
}

const SKIPPED: Readonly<Record<string, string>> = {
  overlap: "It was skipped: another run is under way.",
  queue_full: "It was skipped: too many runs wait already.",
};

export function wovenCommands({ runs, weave, driven, clock }: WovenCommandsOptions): WovenCommands {
  const ended = async (strandId: string, id: string): Promise<WovenEnd | null> => {
    const run = await driven.startedBy(strandId, keyOf(id));
    if (!run) return null;
    return endOf(run.status === "skipped" ? { outcome: "skipped", runId: run.id, reason: run.code ?? "" } : { outcome: "started", runId: run.id });
  };
  return {
    ended,
    async carryOut({ strandId, kind, by, input, makeUp = false }, id, store) {
      if (kind !== "run") {
        await store();
        const answer = await weave.switch(strandId, kind === "reset" ? null : kind === "enable", clock.now(), { makeUp });
        return answer.outcome === "ok" ? { status: "confirmed", runId: null, reason: null } : { status: "refused", runId: null, reason: "It is gone." };
      }
      try {
        const answer = await runs.start({ strandId, trigger: "manual", by, onceKey: keyOf(id), ...(input !== undefined && { input }) }, store);
        return (answer.outcome === "duplicate" ? await ended(strandId, id) : null) ?? endOf(answer);
      } catch (error) {
        // Such as a strand that is paused: no mistake of who asked, but an answer to be kept.
        if (isLoomError(error) && error.code === "CONFLICT") return { status: "refused", runId: null, reason: error.message };
        throw error;
      }
    },
  };
}

/** A command starts one run, whatever happens between the two. */
function keyOf(commandId: string): string {
  return `command:${commandId}`;
}

function endOf(answer: RunAnswer): WovenEnd {
  const { runId } = answer;
  if (answer.outcome === "skipped") return { status: "refused", runId, reason: SKIPPED[answer.reason] ?? `It was skipped: ${answer.reason}.` };
  return { status: "confirmed", runId, reason: answer.outcome === "queued" ? "It waits for its turn." : null };
}
