import Sqlite from "better-sqlite3";
import { systemClock } from "../../core/clock/system.ts";

/** The disk's own rate: the smallest durable transaction, one after the other, without threads. */
export function bareCommits(file: string): { rate(ms: number): number; close(): void } {
  const db = new Sqlite(file);
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.exec("CREATE TABLE bare (n INTEGER)");
  const insert = db.prepare("INSERT INTO bare VALUES (1)");
  return {
    rate(duration) {
      const began = systemClock.mono();
      let done = 0;
      for (; systemClock.mono() - began < duration; done++) insert.run();
      return (done * 1000) / (systemClock.mono() - began);
    },
    close: () => void db.close(),
  };
}
