import { chmodSync, closeSync, openSync, statSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { LoomError } from "../../errors/loomError.ts";

export type Value = string | number | Uint8Array | null;
type Params = readonly (Value | Readonly<Record<string, Value>>)[];

/** The write-ahead log is cut to so many bytes once it begins anew: four times what usually gathers in it. */
const LARGEST_LOG = 64 * 1_048_576;

/**
 * One connection, with its statements prepared once. Blocks while it works, so it lives in a thread of its own and
 * never on the event loop.
 */
export class Database {
  readonly #sqlite: Sqlite.Database;
  readonly #statements = new Map<string, Sqlite.Statement>();

  private constructor(sqlite: Sqlite.Database) {
    this.#sqlite = sqlite;
  }

  /** The one connection that writes. Makes the file, readable by its owner only. */
  static forWriting(file: string, busyTimeoutMs: number): Database {
    const isNew = (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0;
    // Of one that is there a descriptor which is closed would end the locks that others of this process have on it.
    if (isNew) closeSync(openSync(file, "a", 0o600));
    chmodSync(file, 0o600);
    const sqlite = new Sqlite(file, { timeout: busyTimeoutMs });
    // So that room can be given back a little at a time. It has to be said before the first page is written.
    if (isNew) sqlite.pragma("auto_vacuum = INCREMENTAL");
    // Where a file system cannot do it, SQLite says so and goes on without.
    const mode = sqlite.pragma("journal_mode = WAL", { simple: true });
    if (mode !== "wal") throw new LoomError("STORE_UNAVAILABLE", `${file} cannot have a write-ahead log where it lies (${String(mode)}).`);
    // A commit that was answered must outlive a power cut; NORMAL would only promise to outlive the process.
    sqlite.pragma("synchronous = FULL");
    // On macOS only this empties the disk's own cache; elsewhere every sync does.
    sqlite.pragma("fullfsync = ON");
    sqlite.pragma("checkpoint_fullfsync = ON");
    sqlite.pragma("foreign_keys = ON");
    // 16 MiB: a checkpoint has to sync the whole database file, which costs many commits.
    sqlite.pragma("wal_autocheckpoint = 4000");
    // As long as somebody reads as of before, such as a backup of gigabytes, the log can but grow; afterwards that room is given back.
    sqlite.pragma(`journal_size_limit = ${LARGEST_LOG}`);
    return new Database(sqlite);
  }

  /** Changes nothing in the file. Throws when it is not there. */
  static forReading(file: string, busyTimeoutMs: number): Database {
    return new Database(new Sqlite(file, { readonly: true, fileMustExist: true, timeout: busyTimeoutMs }));
  }

  /** How large the file is. The database may be smaller, until a checkpoint cuts the file. */
  get fileBytes(): number {
    return statSync(this.#sqlite.name, { throwIfNoEntry: false })?.size ?? 0;
  }

  get inTransaction(): boolean {
    return this.#sqlite.inTransaction;
  }

  get<Row>(sql: string, ...params: Params): Row | undefined {
    return this.#prepared(sql).get(...params) as Row | undefined;
  }

  all<Row>(sql: string, ...params: Params): Row[] {
    return this.#prepared(sql).all(...params) as Row[];
  }

  /** The rows one by one, each read when it is taken: for who may leave off before the last. */
  each<Row>(sql: string, ...params: Params): IterableIterator<Row> {
    return this.#prepared(sql).iterate(...params) as IterableIterator<Row>;
  }

  /** Answers how many rows were changed. */
  run(sql: string, ...params: Params): number {
    return this.#prepared(sql).run(...params).changes;
  }

  /** Answers the number of the new row. */
  insert(sql: string, ...params: Params): number {
    return Number(this.#prepared(sql).run(...params).lastInsertRowid);
  }

  /** Runs a script of several statements. */
  exec(script: string): void {
    this.#sqlite.exec(script);
  }

  /** Does the work in a transaction of its own that no other connection can write beside. */
  exclusively<T>(work: () => T): T {
    this.run("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.run("COMMIT");
      return result;
    } catch (error) {
      if (this.inTransaction) this.run("ROLLBACK");
      throw error;
    }
  }

  /** Reads as of one moment, whatever other connections commit meanwhile: each statement by itself would see a moment of its own. */
  atOneMoment<T>(read: () => T): T {
    this.run("BEGIN");
    try {
      return read();
    } finally {
      if (this.inTransaction) this.run("COMMIT");
    }
  }

  /** Carries over what it can of the write-ahead log; does nothing in a transaction, or after the close. */
  checkpoint(): void {
    if (!this.#sqlite.open || this.inTransaction) return;
    try {
      this.#sqlite.pragma("wal_checkpoint(PASSIVE)");
    } catch {
      // Nothing is lost: the next commit tries it as well, and tells of what is wrong with the disk.
    }
  }

  /**
   * Carries over all of the write-ahead log, syncs the database, and empties the log.
   * @throws LoomError STORE_BUSY while somebody reads what is in it; what SQLite throws where the disk fails
   */
  emptyLog(): void {
    const [{ busy }] = this.#sqlite.pragma("wal_checkpoint(TRUNCATE)") as [{ busy: number }];
    if (busy !== 0) throw new LoomError("STORE_BUSY", "The write-ahead log is read, and cannot be emptied yet.");
  }

  pragma(name: string): unknown {
    return this.#sqlite.pragma(name, { simple: true });
  }

  close(): void {
    this.#sqlite.close();
  }

  #prepared(sql: string): Sqlite.Statement {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.#sqlite.prepare(sql)));
    return statement;
  }
}
