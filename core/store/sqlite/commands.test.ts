import { expect, it } from "vitest";
import { makeFolder } from "../../../test/support/folder.ts";
import { listCommands } from "./commands.ts";
import { Database, type Value } from "./database.ts";
import { openSqliteStore } from "./open.ts";

it("finds commands of a status that few have without looking at the others, and of one strand without the table", async () => {
  await using folder = await makeFolder();
  const file = folder.at("loom.db");
  await (await openSqliteStore({ file })).close();
  const db = Database.forReading(file, 1_000);
  const planOf = (filter: Partial<Parameters<typeof listCommands>[1]>): string[] => {
    const plans: string[] = [];
    const each = (sql: string, ...values: Value[]): [] => {
      plans.push(...db.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...values).map(({ detail }) => detail));
      return [];
    };
    listCommands({ each } as unknown as Database, { limit: 10, ...filter });
    return plans;
  };
  const ofStatus = "SEARCH commands USING INDEX commands_by_status (status=? AND (asked_at,command_id)<(?,?))";
  expect(planOf({ status: ["asked", "sent", "asked"] })).toEqual(["MERGE (UNION ALL)", "LEFT", ofStatus, "RIGHT", ofStatus]);
  const ofStrand = "SEARCH commands USING INDEX commands_by_strand (strand_id=? AND (asked_at,command_id)<(?,?))";
  expect([planOf({ strandId: "a" }), planOf({ strandId: "a", status: ["asked", "sent"] })]).toEqual([[ofStrand], [ofStrand]]);
  expect(planOf({})).toEqual(["SEARCH commands USING INDEX commands_by_time ((asked_at,command_id)<(?,?))"]);
  expect(db.all<{ name: string }>("SELECT name FROM pragma_index_info('commands_by_strand')").map(({ name }) => name)).toContain("status");
  db.close();
});
