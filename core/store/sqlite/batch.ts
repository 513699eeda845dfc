import type { CommandRecord, NewEvent } from "../contract.ts";
import type { Database } from "./database.ts";
import { storeEvents } from "./events.ts";
import { faultOf } from "./faults.ts";
import type { Call, Done } from "./messages.ts";
import { probe } from "./probe.ts";
import { Recent } from "./recent.ts";
import type { Keep, Transaction } from "./transaction.ts";

type Write = (tx: Transaction, ...args: unknown[]) => unknown;

/** How calls share a commit: `part` is how many are answered in one message, and `full` how many it takes at most. */
interface Sharing {
  readonly part: number;
  readonly full: number;
}

/**
 * While the callers of one part take their answers in, the thread can carry out other calls: a part is small, so that
 * its callers soon ask for more, and a commit leaves over what is to be done until then.
 */
const OVERLAPPING: Sharing = { part: 16, full: 48 };
/** A disk that takes longer to sync is what everybody waits for: then as many as possible share a commit. */
const QUICK_SYNC_MS = 0.3;
const TOGETHER: Sharing = { part: Infinity, full: Infinity };

/** Commands that are known without being read: more than are ever under way. */
const MOVED = 1000;

/** Calls that wait to be carried out. */
export interface Inbox {
  /** The first came first; who carries a call out takes it away. */
  readonly calls: Call[];
  /** Takes in what has come meanwhile. */
  look(): void;
}

/** Carries out calls that came together, in one transaction each time. */
export class Batches {
  readonly #db: Database;
  readonly #keep: Keep;
  readonly #writes: Readonly<Record<string, Write>>;
  readonly #mono: () => number;
  readonly #moved = new Recent<CommandRecord>(MOVED);
  #syncMs = Infinity;
  #carriesOver = false;
  #isLogDoubtful = false;

  /** @param mono a clock that never goes back, in milliseconds */
  constructor(db: Database, keep: Keep, writes: Readonly<Record<string, Write>>, mono: () => number) {
    this.#db = db;
    this.#keep = keep;
    this.#writes = writes;
    this.#mono = mono;
  }

  /**
   * Carries out calls that wait, and those that come meanwhile, in one transaction, and answers in parts when it is
   * committed: each with the events of its own calls, in order. A call that throws takes back its own changes and
   * events, and the others go on.
   */
  commit(inbox: Inbox): Done[] {
    const db = this.#db;
    const calls: Call[] = [];
    this.#carriesOver = false;
    inbox.look();
    try {
      this.#mendLog();
      db.run("BEGIN IMMEDIATE");
      const done = this.#allOrNone(inbox, calls) ?? this.#eachForItself(calls);
      const began = this.#mono();
      db.run("COMMIT");
      this.#syncMs = this.#mono() - began;
      if (this.#carriesOver) db.checkpoint();
      return done;
    } catch (error) {
      this.#isLogDoubtful ||= isDisksFault(error);
      this.#rollback();
      // Where it did not even begin, another program holds the database, and all of them have waited for that.
      const failed = calls.length > 0 ? calls : inbox.calls.splice(0);
      return [{ answers: failed.map(({ id }) => ({ id, fault: faultOf(error) })), events: [] }];
    }
  }

  /**
   * Adds to `calls` those it takes. Null when one of them threw: all are taken back then, and the transaction has
   * begun anew.
   */
  #allOrNone(inbox: Inbox, calls: Call[]): Done[] | null {
    const { part, full } = this.#syncMs > QUICK_SYNC_MS ? TOGETHER : OVERLAPPING;
    const done: Done[] = [];
    try {
      while (inbox.calls.length > 0 && calls.length < full) {
        const next = inbox.calls.splice(0, part);
        calls.push(...next);
        done.push(this.#carryOut(next));
        inbox.look();
      }
      return done;
    } catch {
      this.#rollback();
      this.#db.run("BEGIN IMMEDIATE");
      return null;
    }
  }

  #carryOut(calls: readonly Call[]): Done {
    const events: NewEvent[] = [];
    const tx: Transaction = { db: this.#db, keep: this.#keep, moved: this.#moved, emit: (event) => void events.push(event), carryOver: () => (this.#carriesOver = true) };
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
      this.#moved.clear();
      db.run("ROLLBACK TO call");
      db.run("RELEASE call");
      return { answers: [{ id: call.id, fault: faultOf(error) }], events: [] };
    }
  }

  /**
   * Begins the write-ahead log anew after the disk has failed. What a sync could not write, the system may drop, and say of the next sync
   * that all is well: what was written behind such a hole would be gone with the power. A commit of our own comes first, so that the
   * database itself is not written to while the disk still fails.
   */
  #mendLog(): void {
    if (!this.#isLogDoubtful) return;
    this.#db.exclusively(() => probe({ db: this.#db }, 0));
    this.#db.emptyLog();
    this.#isLogDoubtful = false;
  }

  #rollback(): void {
    this.#moved.clear();
    if (this.#db.inTransaction) this.#db.run("ROLLBACK");
  }
}

function isDisksFault(error: unknown): boolean {
  return String((error as { code?: unknown } | null)?.code).startsWith("SQLITE_IOERR");
}
