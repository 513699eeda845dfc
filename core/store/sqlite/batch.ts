import type { NewEvent } from "../contract.ts";
import type { Database } from "./database.ts";
import { storeEvents } from "./events.ts";
import { faultOf } from "./faults.ts";
import type { Call, Done } from "./messages.ts";
import type { Keep, Transaction } from "./transaction.ts";

type Write = (tx: Transaction, ...args: unknown[]) => unknown;
type CarryOut = (calls: readonly Call[]) => Done;

/**
 * Carries out all the calls in one transaction and answers when it is committed. One that throws takes back its own
 * changes and events, and the others go on.
 */
export function commitTogether(db: Database, keep: Keep, writes: Readonly<Record<string, Write>>, calls: readonly Call[]): Done {
  const carryOut: CarryOut = (some) => {
    const events: NewEvent[] = [];
    const tx: Transaction = { db, keep, emit: (event) => void events.push(event) };
    const answers = some.map(({ id, name, args }) => ({ id, value: writes[name]!(tx, ...args) }));
    return { answers, events: storeEvents(db, events) };
  };
  try {
    db.run("BEGIN IMMEDIATE");
    const done = allOrNone(db, carryOut, calls) ?? eachForItself(db, carryOut, calls);
    db.run("COMMIT");
    return done;
  } catch (error) {
    if (db.inTransaction) db.run("ROLLBACK");
    return { answers: calls.map(({ id }) => ({ id, fault: faultOf(error) })), events: [] };
  }
}

/** Null when one of the calls threw: all are taken back then, and the transaction has begun anew. */
function allOrNone(db: Database, carryOut: CarryOut, calls: readonly Call[]): Done | null {
  try {
    return carryOut(calls);
  } catch {
    if (db.inTransaction) db.run("ROLLBACK");
    db.run("BEGIN IMMEDIATE");
    return null;
  }
}

/** With a savepoint for each call. That costs about as much as a small change does, so it is done only when one throws. */
function eachForItself(db: Database, carryOut: CarryOut, calls: readonly Call[]): Done {
  const done = calls.map((call) => alone(db, carryOut, call));
  return { answers: done.flatMap(({ answers }) => answers), events: done.flatMap(({ events }) => events) };
}

function alone(db: Database, carryOut: CarryOut, call: Call): Done {
  db.run("SAVEPOINT call");
  try {
    const done = carryOut([call]);
    db.run("RELEASE call");
    return done;
  } catch (error) {
    // A full disk makes SQLite take back the whole transaction: then nobody's change is left.
    if (!db.inTransaction) throw error;
    db.run("ROLLBACK TO call");
    db.run("RELEASE call");
    return { answers: [{ id: call.id, fault: faultOf(error) }], events: [] };
  }
}
