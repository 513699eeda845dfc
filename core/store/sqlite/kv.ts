import { LoomError } from "../../errors/loomError.ts";
import type { Json } from "../../mirror/contract.ts";
import { KV_BYTES } from "./bounds.ts";
import { fromJson, json } from "./cells.ts";
import type { Database } from "./database.ts";
import type { Transaction } from "./transaction.ts";

export function getValue(db: Database, plugin: string, key: string): Json | undefined {
  const row = db.get<{ value: string }>("SELECT value FROM kv WHERE plugin = ? AND key = ?", plugin, key);
  return row && fromJson(row.value);
}

/** @throws LoomError TOO_LARGE above 1 MiB of JSON */
export function setValue({ db }: Transaction, plugin: string, key: string, value: Json): void {
  const text = json(value as object);
  if (Buffer.byteLength(text) > KV_BYTES) throw new LoomError("TOO_LARGE", `The value of '${key}' is larger than 1 MiB.`);
  db.run("INSERT INTO kv (plugin, key, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", plugin, key, text);
}

export function deleteValue({ db }: Transaction, plugin: string, key: string): void {
  db.run("DELETE FROM kv WHERE plugin = ? AND key = ?", plugin, key);
}
