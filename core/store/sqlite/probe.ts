import type { Transaction } from "./transaction.ts";

/** Writes so much that the disk has to have room for it, and leaves nothing behind but the time. */
export function probe({ db }: Pick<Transaction, "db">, at: number): void {
  db.run("INSERT INTO meta (key, value) VALUES ('probe', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", String(at));
}
