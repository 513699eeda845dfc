import type { Clock } from "../../clock/clock.ts";
import type { StrandRecord } from "../../store/contract.ts";
import { untilStored } from "../../store/untilStored.ts";
import type { RunRequest, Runs } from "../contract.ts";

/** Starts that a pause keeps from being. */
export interface Held {
  /** When the first and the last of them were due. */
  readonly first: number;
  readonly last: number;
  /** One for each, rising: what was counted before a crash is not counted again. */
  readonly marks: readonly number[];
}

/**
 * Records that a paused strand was not started. One skipped run stands for all that one pause keeps from being, by the clock or after
 * other strands, and counts them: a strand that fires each second would fill its history otherwise.
 * @throws what `runs.skip` throws, but STORE_BUSY
 */
export async function letGoInPause(runs: Pick<Runs, "skip">, request: RunRequest, paused: NonNullable<StrandRecord["paused"]>, { first, last, marks }: Held, clock: Clock, stop: AbortSignal): Promise<void> {
  const onceKey = `paused:${request.trigger}:${paused.at}`;
  const counted = { why: `Paused by ${paused.by}`, last, marks };
  await untilStored(clock, stop, () => runs.skip({ ...request, by: null, onceKey, reason: "paused", at: first, counted }));
}
