/** One line of the bench's table. */
export interface BenchRow {
  /** What was measured. */
  readonly what: string;
  /** What it has to be. */
  readonly bound: string;
  readonly measured: string;
  /** What it is held against, measured in the same run. */
  readonly beside: string;
  readonly ratio: string;
  readonly ok: boolean;
}
