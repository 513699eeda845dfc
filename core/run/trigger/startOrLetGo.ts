import type { Clock } from "../../clock/clock.ts";
import type { ErrorCode } from "../../errors/catalogue.ts";
import { isLoomError } from "../../errors/loomError.ts";
import { untilStored } from "../../store/untilStored.ts";
import type { RunAnswer, RunRequest, Runs } from "../contract.ts";

/** What a person has to mend before it can begin: trying again changes nothing. */
const CANNOT_BEGIN: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["WORKFLOW_INPUT_INVALID", "WORKFLOW_BROKEN"]);

/**
 * Starts a run that nobody waits for. One that cannot begin, such as without the input that its workflow asks for, is stored as
 * skipped with the error's code as the reason, so that a person finds it.
 * @param at when it was due
 * @throws what says nothing about the workflow: NOT_FOUND, STOPPING, the store's errors, faults
 */
export async function startOrLetGo(runs: Pick<Runs, "start" | "skip">, request: RunRequest, at: number, clock: Clock, stop: AbortSignal): Promise<RunAnswer> {
  try {
    return await untilStored(clock, stop, () => runs.start(request));
  } catch (error) {
    if (!isLoomError(error) || !CANNOT_BEGIN.has(error.code)) throw error;
    const reason = error.code.toLowerCase();
    return untilStored(clock, stop, () => runs.skip({ ...request, reason, at }));
  }
}
