import type { LoomEvent } from "../../plugin/contract.ts";
import type { NewEvent } from "../contract.ts";
import type { Database } from "./database.ts";
import { faultOf, type Fault } from "./faults.ts";
import type { Answer, Call } from "./messages.ts";
import { storeEvent, type Keep, type Transaction } from "./transaction.ts";

type Write = (tx: Transaction, ...args: unknown[]) => unknown;

export interface Committed {
  readonly answers: readonly Answer[];
  readonly events: readonly LoomEvent[];
}

/**
 * Carries out all the calls in one transaction and answers when it is committed. Each call has a savepoint of its own:
 * one that throws takes back its own changes and events, and the others go on.
 */
export function commitTogether(db: Database, keep: Keep, writes: Readonly<Record<string, Write>>, calls: readonly Call[]): Committed {
  const events: LoomEvent[] = [];
  const tx: Transaction = { db, keep, emit: (event: NewEvent) => void events.push(storeEvent(db, event)) };
  const answers: Answer[] = [];
  try {
    db.run("BEGIN IMMEDIATE");
    for (const call of calls) answers.push(carryOut(tx, events, writes, call));
    db.run("COMMIT");
    return { answers, events };
  } catch (error) {
    if (db.inTransaction) db.run("ROLLBACK");
    return { answers: calls.map(({ id }) => ({ id, fault: faultOf(error) })), events: [] };
  }
}

function carryOut(tx: Transaction, events: LoomEvent[], writes: Readonly<Record<string, Write>>, call: Call): Answer {
  const eventsBefore = events.length;
  tx.db.run("SAVEPOINT call");
  try {
    const value = writes[call.name]!(tx, ...call.args);
    tx.db.run("RELEASE call");
    return { id: call.id, value };
  } catch (error) {
    // A full disk makes SQLite take back the whole transaction: then nobody's change is left.
    if (!tx.db.inTransaction) throw error;
    tx.db.run("ROLLBACK TO call");
    tx.db.run("RELEASE call");
    events.length = eventsBefore;
    const fault: Fault = faultOf(error);
    return { id: call.id, fault };
  }
}
