import type { LoomEvent } from "../../plugin/contract.ts";
import type { NewEvent } from "../contract.ts";
import type { Database } from "./database.ts";

/** How much of what a source tells is kept. */
export interface Keep {
  /** Bytes of the end of a step's output, on its row. */
  readonly outputTailBytes: number;
  /** Bytes of the end of a step's output, beside its row where they are more than that. */
  readonly fullOutputBytes: number;
}

/** What a change works with: the connection, inside the open transaction, and the events that tell of the change. */
export interface Transaction {
  readonly db: Database;
  readonly keep: Keep;
  /** Stores an event; it is published once the transaction is committed. */
  emit(event: NewEvent): void;
}

/** Stores the event under the next number. */
export function storeEvent(db: Database, event: NewEvent): LoomEvent {
  const { at, type, strandId = null, runId = null, data = {} } = event;
  const seq = db.insert(
    "INSERT INTO events (at, type, strand_id, run_id, data) VALUES (?, ?, ?, ?, ?)",
    at, type, strandId, runId, JSON.stringify(data),
  );
  return { seq, at, type, strandId, runId, data };
}
