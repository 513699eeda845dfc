import { afterEach, beforeEach, expect, it } from "vitest";
import { makeFolder, type Folder } from "../../../test/support/folder.ts";
import { listAudit } from "./audit.ts";
import { listCommands } from "./commands.ts";
import { Database, type Value } from "./database.ts";
import { listOccurrences } from "./occurrences.ts";
import { openSqliteStore } from "./open.ts";
import { keepP95 } from "./p95.ts";
import { knownRuns, listRuns } from "./runs.ts";
import { countRows } from "./stats.ts";
import type { Transaction } from "./transaction.ts";
import { pruneBundles } from "./woven/bundles.ts";

/** How much a statement has to look at grows with what it gives, and not with what lies in the database. */

let folder: Folder;
let db: Database;
beforeEach(async () => {
  folder = await makeFolder();
  const file = folder.at("loom.db");
  await (await openSqliteStore({ file })).close();
  db = Database.forReading(file, 1_000);
});
afterEach(async () => {
  db.close();
  await folder[Symbol.asyncDispose]();
});

/** How the statements that the work makes go about it, but for the words around walks that are merged. */
function walksOf(work: (planned: Database) => unknown): string[] {
  const walks: string[] = [];
  const plan = (sql: string, values: readonly Value[]): void => {
    const plans = db.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...values).map(({ detail }) => detail);
    walks.push(...plans.filter((detail) => !/^(MERGE \(UNION ALL\)|LEFT|RIGHT)$/.test(detail)));
  };
  const all = (sql: string, ...values: Value[]): [] => (plan(sql, values), []);
  const get = (sql: string, ...values: Value[]): object => (plan(sql, values), { lasted: "[]", n: 0 });
  const run = (sql: string, ...values: Value[]): number => (plan(sql, values), 0);
  work({ all, each: all, get, run, pragma: () => 0 } as unknown as Database);
  return walks;
}

it("finds red runs of a status, and a strand's, without those of another one", () => {
  const red = "SEARCH runs USING INDEX runs_red (status=? AND (started_at,run_id)<(?,?))";
  expect(walksOf((planned) => listRuns(planned, { red: true, status: ["cancelled", "failed"], limit: 10 }))).toEqual([red, red]);
  expect(new Set(walksOf((planned) => listRuns(planned, { red: true, limit: 10 })))).toEqual(new Set([red]));
  const ofStrand = "SEARCH runs USING INDEX runs_by_strand_and_status (strand_id=? AND status=? AND (started_at,run_id)<(?,?))";
  expect(walksOf((planned) => listRuns(planned, { strandId: "a", status: ["cancelled", "failed"], limit: 10 }))).toEqual([ofStrand, ofStrand]);
});

it("finds the runs that have certain keys without a strand's other runs", () => {
  expect(walksOf((planned) => knownRuns(planned, "a", ["1", "2"]))).toEqual(["SCAN json_each VIRTUAL TABLE INDEX 1:", "SEARCH runs USING INDEX runs_by_key (strand_id=? AND external_key=?)"]);
});

it("puts firings and commands of several statuses into one order without sorting them", () => {
  const firings = walksOf((planned) => listOccurrences(planned, { limit: 10 }));
  expect(new Set(firings)).toEqual(new Set(["SEARCH occurrences USING INDEX occurrences_by_status (status=? AND (due_at,strand_id)<(?,?))"]));
  const commands = walksOf((planned) => listCommands(planned, { status: ["asked", "sent"], limit: 10 }));
  expect(new Set(commands)).toEqual(new Set(["SEARCH commands USING INDEX commands_by_status (status=? AND (asked_at,command_id)<(?,?))"]));
});

it("finds a strand's last successes without its failures, and without the table", () => {
  expect(walksOf((planned) => keepP95({ db: planned } as Transaction, "a"))[1]).toBe("SEARCH runs USING COVERING INDEX runs_by_strand_and_status (strand_id=? AND status=?)");
});

it("finds what somebody asked for, and what was asked of something, without the rest of the audit log", () => {
  expect(walksOf((planned) => listAudit(planned, { who: "me", limit: 10 }))).toEqual(["SEARCH audit USING INDEX audit_by_who (who=? AND (at,audit_id)<(?,?))"]);
  expect(walksOf((planned) => listAudit(planned, { who: "me", target: "a", limit: 10 }))).toEqual(["SEARCH audit USING INDEX audit_by_target (target=? AND (at,audit_id)<(?,?))"]);
  expect(walksOf((planned) => listAudit(planned, { limit: 10 }))).toEqual(["SEARCH audit USING INDEX audit_by_time ((at,audit_id)<(?,?))"]);
});

it("finds code that nobody needs without the strands and versions that have none", () => {
  const walks = walksOf((planned) => pruneBundles({ db: planned } as Transaction, []));
  expect(walks.filter((walk) => / (strands|strand_versions) /.test(walk) && !walk.includes("(strand_id=?)"))).toEqual([
    "SEARCH strands USING COVERING INDEX strands_with_code (bundle_hash>?)",
    "SCAN strand_versions USING COVERING INDEX strand_versions_with_code",
  ]);
});

it("tells how many events there are without looking at each", () => {
  expect(walksOf(countRows).filter((walk) => walk.includes("events"))).toEqual(["SEARCH events", "SEARCH events"]);
});
