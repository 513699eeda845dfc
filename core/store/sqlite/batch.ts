import type { NewEvent } from "../contract.ts";
import type { Database } from "./database.ts";
import { storeEvents } from "./events.ts";
import { faultOf } from "./faults.ts";
import type { Call, Done } from "./messages.ts";
import type { Keep, Transaction } from "./transaction.ts";

type Write = (tx: Transaction, ...args: unknown[]) => unknown;

/** Calls whose callers are answered in one message. While they are, the thread can carry out those of another message. */
const PART = 32;
/** A disk that takes longer to sync is what everybody waits for: then as many as possible share a commit. */
const QUICK_SYNC_MS = 0.3;

/** Carries out calls that came together, in one transaction each time. */
export class Batches {
  readonly #db: Database;
  readonly #keep: Keep;
  readonly #writes: Readonly<Record<string, Write>>;
  readonly #mono: () => number;
  #syncMs = Infinity;

  /** @param mono a clock that never goes back, in milliseconds */
  constructor(db: Database, keep: Keep, writes: Readonly<Record<string, Write>>, mono: () => number) {
    this.#db = db;
    this.#keep = keep;
    this.#writes = writes;
    this.#mono = mono;
  }

  /**
   * Carries out all the calls in one transaction, and answers in parts when it is committed: each with the events of its
   * own calls, in order. A call that throws takes back its own changes and events, and the others go on.
   */
  commit(calls: readonly Call[]): Done[] {
    const db = this.#db;
    try {
      db.run("BEGIN IMMEDIATE");
      const done = this.#allOrNone(calls) ?? this.#eachForItself(calls);
      const began = this.#mono();
      db.run("COMMIT");
      this.#syncMs = this.#mono() - began;
      return done;
    } catch (error) {
      if (db.inTransaction) db.run("ROLLBACK");
      return [{ answers: calls.map(({ id }) => ({ id, fault: faultOf(error) })), events: [] }];
    }
  }

  /** Null when one of the calls threw: all are taken back then, and the transaction has begun anew. */
  #allOrNone(calls: readonly Call[]): Done[] | null {
    try {
      return this.#parts(calls).map((part) => this.#carryOut(part));
    } catch {
      if (this.#db.inTransaction) this.#db.run("ROLLBACK");
      this.#db.run("BEGIN IMMEDIATE");
      return null;
    }
  }

  #parts(calls: readonly Call[]): (readonly Call[])[] {
    if (this.#syncMs > QUICK_SYNC_MS) return [calls];
    return Array.from({ length: Math.ceil(calls.length / PART) }, (_, n) => calls.slice(n * PART, (n + 1) * PART));
  }

  #carryOut(calls: readonly Call[]): Done {
    const events: NewEvent[] = [];
    const tx: Transaction = { db: this.#db, keep: this.#keep, emit: (event) => void events.push(event) };
    const answers = calls.map(({ id, name, args }) => ({ id, value: this.#writes[name]!(tx, ...args) }));
    return { answers, events: storeEvents(this.#db, events) };
  }

  /** With a savepoint for each call. That costs about as much as a small change does, so it is done only when one throws. */
  #eachForItself(calls: readonly Call[]): Done[] {
    const done = calls.map((call) => this.#alone(call));
    return [{ answers: done.flatMap(({ answers }) => answers), events: done.flatMap(({ events }) => events) }];
  }

  #alone(call: Call): Done {
    const db = this.#db;
    db.run("SAVEPOINT call");
    try {
      const done = this.#carryOut([call]);
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
}
