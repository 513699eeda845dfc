import type { CommandRecord, NewEvent } from "../contract.ts";
import type { Database } from "./database.ts";
import type { Recent } from "./recent.ts";

/** How much of what a source tells is kept. */
export interface Keep {
  /** Bytes of the end of a step's output, on its row. */
  readonly outputTailBytes: number;
  /** Bytes of the end of a mirrored step's output, beside its row where they are more than that. */
  readonly fullOutputBytes: number;
  /** Bytes of the output of a step that Loom has done: its first and its last half. */
  readonly stepOutputBytes: number;
}

/** What a change works with: the connection, inside the open transaction, and the events that tell of the change. */
export interface Transaction {
  readonly db: Database;
  readonly keep: Keep;
  /** Commands as they were last moved, so that the next move of one need not read it. */
  readonly moved: Recent<CommandRecord>;
  /** Tells of the change: the event is stored after it, and published once the transaction is committed. */
  emit(event: NewEvent): void;
  /** Has the write-ahead log carried over into the database as soon as this is committed, before anything else is done. */
  carryOver(): void;
}
