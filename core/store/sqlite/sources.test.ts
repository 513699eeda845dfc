import { expect, it } from "vitest";
import { makeFolder } from "../../../test/support/folder.ts";
import { Database, type Value } from "./database.ts";
import { openSqliteStore } from "./open.ts";
import { retireSource } from "./sources.ts";
import type { Transaction } from "./transaction.ts";

it("takes a source's strands from the page without looking at those that went long ago", async () => {
  await using folder = await makeFolder();
  const file = folder.at("loom.db");
  await (await openSqliteStore({ file })).close();
  const db = Database.forReading(file, 1_000);
  const walks: string[] = [];
  const plan = (sql: string, ...values: Value[]): void => {
    walks.push(...db.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...values).map(({ detail }) => detail));
  };
  const get = (): object => ({ retired_at: null, can: "{}", firings_while_off: "{}" });
  const all = (sql: string, ...values: Value[]): [] => (plan(sql, ...values), []);
  const run = (sql: string, ...values: Value[]): number => (plan(sql, ...values), 1);
  retireSource({ db: { get, all, run }, emit: () => {} } as unknown as Transaction, "source", 1);
  expect(walks.filter((walk) => /(SCAN|SEARCH) strands? /.test(walk) && !walk.includes("(strand_id=?)"))).toEqual([
    "SCAN strands USING INDEX strands_there",
    "SCAN strands USING INDEX strands_there",
  ]);
  expect(walks.filter((walk) => walk.startsWith("SCAN strand_changes"))).toEqual([expect.stringContaining("INDEX strand_changes_vanished")]);
  db.close();
});
