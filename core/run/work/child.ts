import { isLoomError } from "../../errors/loomError.ts";
import type { Json } from "../../mirror/contract.ts";
import type { RunParent } from "../../store/contract.ts";
import { StopWithin } from "../../workflow/isolate/contract.ts";
import { completedWith, failed, type Attempt, type Ended, type Perform } from "../attempt.ts";
import type { RunAnswer, RunRequest } from "../contract.ts";

/** What a run of another workflow is asked of. */
export interface Children {
  /** Starts it, or finds the one that was started before for the same attempt. */
  start(request: RunRequest, parent: RunParent): Promise<RunAnswer>;
  /** Answers when it has ended, with its last result; null: the gateway stops before. */
  over(runId: string): Promise<{ readonly status: "succeeded" | "failed" | "cancelled" | "skipped"; readonly code: string | null; readonly result: Json } | null>;
  cancel(runId: string, by: string, graceMs: number): Promise<void>;
}

/** Ends of a request that no other try would change. */
const FINAL: readonly string[] = ["WORKFLOW_INPUT_INVALID"];

/** Performs a step by a run of another workflow. To begin it and to find it again is the same: nothing starts it twice. */
export function byChild(children: Children, workflow: string, inputOf: (runId: string, row: string) => Promise<{ readonly input: string }>): Perform {
  return async (attempt) => {
    try {
      return await follow(attempt, children, workflow, attempt.step.evaluates ? (JSON.parse((await inputOf(attempt.runId, attempt.row)).input) as Json) : undefined);
    } catch (error) {
      if (!isLoomError(error)) throw error;
      if (error.code === "STOPPING") return null;
      const words = [error.message, ...error.problems.map(({ path, message }) => `${path}: ${message}`)].join("\n");
      // That of the run that it followed: the store gives no more in one piece.
      if (error.code === "TOO_LARGE") return failed("RESULT_TOO_LARGE", words, true);
      return failed(error.code, words, FINAL.includes(error.code));
    }
  };
}

async function follow(attempt: Attempt, children: Children, workflow: string, input: Json | undefined): Promise<Ended> {
  const { runId, row, epoch, signal } = attempt;
  const answer = await children.start(
    { strandId: workflow, trigger: "workflow", by: runId, onceKey: `step:${runId}/${row}/${epoch}`, ...(input !== undefined && { input }) },
    { runId, step: row, epoch },
  );
  attempt.began();
  const cancel = (): void => void children.cancel(answer.runId, runId, signal.reason instanceof StopWithin ? signal.reason.graceMs : 0).catch(() => {});
  signal.addEventListener("abort", cancel, { once: true });
  if (signal.aborted) cancel();
  const over = await children.over(answer.runId);
  signal.removeEventListener("abort", cancel);
  if (over === null) return null;
  if (over.status === "succeeded") return completedWith(JSON.stringify(over.result));
  const why = over.code ?? over.status;
  return failed(over.status === "cancelled" ? "cancelled" : "WORKFLOW_FAILED", `Its run ${answer.runId} of ${workflow} was ${over.status}: ${why}.`);
}
