import type { Duplicate, Lost, NotFound, Ok } from "./answers.ts";

/** How a mirrored job that is paused stands. */
export type PauseState =
  /** It is to be switched off, and is not yet. */
  | "pending"
  /** It was switched off, and is to be switched on again one day. */
  | "paused"
  /** It goes on, for the reason that is told. */
  | "left_out"
  /** Its owner refused: to switch it off, or where `hashLeft` is told, to switch it on again. */
  | "failed"
  /** It is as it was before. */
  | "resumed"
  /** Somebody changed it meanwhile, so that it was left as it is. */
  | "changed";

/** One job of a foreign scheduler in a pause: how it stood before, and how far it has come. */
export interface PauseEntry {
  readonly strandId: string;
  readonly enabledBefore: boolean;
  /** Hash of its definition before. */
  readonly hashBefore: string;
  readonly state: PauseState;
  /** Why, in words. */
  readonly reason: string | null;
  /** The command that switches it, while it is under way. */
  readonly commandId: string | null;
  /** Hash of its definition as the pause left it; null: the pause has not switched it off. */
  readonly hashLeft: string | null;
}

export interface PauseRecord {
  readonly id: string;
  /** Null: everything. */
  readonly strandId: string | null;
  readonly by: string;
  readonly at: number;
  /** `pausing` until somebody resumes, also when all is paused. Woven strands are paused as long as that lasts. */
  readonly phase: "pausing" | "resuming";
  readonly phaseAt: number;
  readonly endedAt: number | null;
  readonly entries: readonly PauseEntry[];
}

/**
 * Pauses, durably before anything is switched. One ends with the last of its entries that is resumed or given up (event `pause.ended`).
 * Woven strands that a pause holds are told by `strand.paused`, and when no pause holds them any more by `strand.resumed`.
 */
export interface PauseStore {
  /** Those that have not ended, and of each strand, and of everything, the last where it ended at `endedSince` or later; oldest first. */
  list(endedSince: number): Promise<readonly PauseRecord[]>;
  /** Event `pause.begun`. `duplicate`: the strand, or everything, is paused already. */
  begin(pause: { readonly id: string; readonly strandId: string | null; readonly by: string; readonly at: number; readonly entries: readonly PauseEntry[] }): Promise<Ok<{ readonly pause: PauseRecord }> | Duplicate>;
  /**
   * Pauses anew what a pause does not hold, or no longer (event `pause.changed`): `entries` are added or replaced, but for those that are
   * paused or being switched. What could not be switched on again is paused.
   */
  again(id: string, at: number, entries: readonly PauseEntry[]): Promise<Ok<{ readonly pause: PauseRecord }> | NotFound>;
  /** Lets go (event `pause.changed`): of woven strands firings up to `at` count as dealt with. Resuming again tries once more what failed. */
  resume(id: string, by: string, at: number): Promise<Ok<{ readonly pause: PauseRecord }> | NotFound>;
  /** Moves an entry that stands in this state with this command (event `pause.changed` where the state is another). */
  move(id: string, from: PauseEntry, to: PauseEntry, at: number): Promise<Ok<{ readonly endedAt: number | null }> | Lost | NotFound>;
}
