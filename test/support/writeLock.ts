import Sqlite from "better-sqlite3";

/** Holds a database as another program does that writes: SQLite's locks are kept between connections, in one process as between two. */
export function holdWriteLock(file: string): { release(): void } {
  const db = new Sqlite(file);
  db.exec("BEGIN IMMEDIATE");
  return {
    release() {
      db.exec("ROLLBACK");
      db.close();
    },
  };
}
