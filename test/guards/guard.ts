/** One guard of the door or the disk, how to take it out of the source, and the tests that must notice. */
export interface Guard {
  /** What it keeps out. */
  readonly keepsOut: string;
  readonly file: string;
  /** What stands there, once; and what to put in its place. */
  readonly from: string;
  readonly to: string;
  readonly tests: readonly string[];
  /** A part of the names of those tests, where their file has many others. */
  readonly named?: string;
}
