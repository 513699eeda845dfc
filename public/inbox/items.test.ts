import { expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { readPlugin, readSource, readStrand } from "../state/shape.js";
// @ts-ignore the page's modules are plain JavaScript
import { countItems, countKinds, inboxItems } from "./items.js";

const now = Date.UTC(2026, 10, 21, 12);
const iso = (minutesAgo: number): string => new Date(now - minutesAgo * 60_000).toISOString();
const strand = (id: string, more: object = {}) => readStrand({ id, name: id, status: "ok", freshness: "fresh", ...more });
const run = (minutesAgo: number, more: object = {}) => ({ id: `run ${minutesAgo}`, status: "failed", red: true, acknowledged: false, startedAt: iso(minutesAgo + 1), finishedAt: iso(minutesAgo), ...more });
const change = (minutesAgo: number, more: object = {}) => ({ id: `c${minutesAgo}`, kind: "edited", fromVersion: 1, version: 2, fields: ["schedule"], seenAt: iso(minutesAgo), by: null, ...more });
const items = (strands: object[], sources: object[] = [], plugins: object[] = []) => inboxItems({ strands, sources: sources.map(readSource), plugins: plugins.map(readPlugin) });

it("asks for nobody when all is well", () => {
  expect(items([strand("a"), strand("b", { status: "running", activeRun: { id: "r", startedAt: iso(1) } })], [{ id: "s", freshness: "fresh" }], [{ id: "p", state: "active", notice: { level: "info" } }])).toEqual([]);
});

it("puts the newest first, and what fails now before all", () => {
  const rows = items(
    [
      strand("red", { redRuns: 2, recent: [run(3, { red: false }), run(9), run(30)] }),
      strand("stuck", { status: "running", activeRun: { id: "r", startedAt: iso(200), stuckAt: iso(5) } }),
      strand("late", { missed: { count: 3, lastDueAt: iso(20), cause: "asleep", causeText: "The machine was asleep." } }),
      strand("gone", { goneAt: iso(1), changes: [change(1, { kind: "vanished" })] }),
    ],
    [{ id: "s", freshness: "suspect", since: iso(2) }, { id: "off", freshness: "fresh", schedulerOn: false, since: iso(50) }],
    [{ id: "p", state: "setup_error", error: { message: "no" } }],
  );
  expect(rows.map((row: { kind: string; tone: string; runId?: string }) => [row.kind, row.tone, row.runId])).toEqual([
    ["plugin", "failed", undefined], ["changed", "gone", undefined], ["source", "missed", undefined], ["stuck", "stuck", "r"], ["failed", "failed", "run 9"], ["missed", "missed", undefined], ["source", "missed", undefined],
  ]);
});

it("has one row for each thing that a strand asks, and not two for one", () => {
  const rows = items([strand("a", { redRuns: 4, recent: [run(1), run(2)], missed: { count: 9, lastDueAt: iso(4) } })]);
  expect(rows.map((row: { key: string }) => row.key)).toEqual(["failed a", "missed a"]);
});

it("sums several changes up, from before the first to after the last", () => {
  const [row] = items([strand("a", { changes: [change(1, { fromVersion: 3, version: 4, fields: ["payload"], by: "ann" }), change(8, { fromVersion: 2, version: 3, by: "bob" })] })]);
  expect(row.change).toMatchObject({ kind: "edited", count: 2, from: 2, to: 4, fields: ["payload", "schedule"], by: ["ann", "bob"] });
  const [fresh] = items([strand("a", { changes: [change(1), change(8, { kind: "new", fromVersion: null, version: 1 })] })]);
  expect(fresh.change.kind).toBe("new");
});

it("counts by kind", () => {
  const rows = items([strand("a", { redRuns: 1, recent: [run(1)] }), strand("b", { redRuns: 1, recent: [run(2)], changes: [change(3)] })]);
  expect(countKinds(rows).map(({ kind, count }: { kind: string; count: number }) => [kind, count])).toEqual([["failed", 2], ["changed", 1]]);
});

it("counts the rows that it lists", () => {
  const strands = [strand("a", { changes: [change(1)], redRuns: 1, recent: [run(2)] }), strand("b"), strand("c", { missed: { count: 2, lastDueAt: iso(3) } })];
  const state = { strands, sources: [readSource({ id: "s", freshness: "stale" })], plugins: [readPlugin({ id: "p", error: { message: "no" } })] };
  expect(countItems(state)).toBe(5);
  expect(inboxItems(state)).toHaveLength(5);
});

it("has a row for each file of workflows that is broken", () => {
  const files = [{ path: "/flows/a.ts", problems: [] }, { path: "/flows/b.ts", problems: [{ path: "/flows/b.ts:1:1", message: "no", mend: null }] }];
  expect(inboxItems({ strands: [], sources: [], plugins: [], files })).toMatchObject([{ key: "file /flows/b.ts", kind: "file", tone: "broken" }]);
  expect(countItems({ strands: [], sources: [], plugins: [], files })).toBe(1);
});
