/**
 * How far the pause of a strand has come. `pausing` and `resuming` wait for its owner; `refused`: the owner would not; `left_out`: a
 * scheduler's own job, which goes on; `new`: it came during the pause and goes on; `changed`: somebody has changed it since, so it was
 * not touched when the pause ended.
 */
export const pausedStates = ["pausing", "paused", "refused", "left_out", "new", "resuming", "changed"] as const;
export type PausedState = (typeof pausedStates)[number];

export interface PausedStrand {
  readonly strandId: string;
  readonly state: PausedState;
  /** What was paused: this strand, or everything. */
  readonly scope: "strand" | "everything";
  readonly since: number;
  readonly by: string;
  /** Why it stands so, in words; null: nothing to say. */
  readonly reason: string | null;
}

export interface PauseReport {
  /** Null: not everything is paused. */
  readonly everything: { readonly since: number; readonly by: string } | null;
  readonly strands: readonly PausedStrand[];
  /** How many strands' owners are still to be asked, and how long that will take, in milliseconds; null: not known. */
  readonly queue: { readonly waiting: number; readonly expectedWaitMs: number | null };
}

/** Holding strands still, and letting them go on exactly as they were. What is asked for twice happens once. */
export interface Pauses {
  report(): Promise<PauseReport>;
  /**
   * @param strandId null: everything
   * @throws LoomError NOT_FOUND, COMMAND_UNSUPPORTED where its owner offers no switch
   */
  pause(strandId: string | null, by: string): Promise<PauseReport>;
  /** Ends a pause of the same scope. @throws LoomError NOT_FOUND */
  resume(strandId: string | null, by: string): Promise<PauseReport>;
}
