import { expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { columns, sortIds } from "./sort.js";

const strand = (name: string, more: object = {}) => ({ name, status: "ok", redRuns: 0, recent: [], enabled: true, nextRunAt: null, lastRun: null, source: null, node: { name: "n" }, trigger: { text: "" }, ...more });
const all: Record<string, object> = {
  a: strand("job 10", { nextRunAt: 50 }),
  b: strand("Job 9", { status: "running", redRuns: 1 }),
  c: strand("alpha", { nextRunAt: 10, status: "missed" }),
};
const sorted = (key: string, down = false): string[] => sortIds(["a", "b", "c"], (id: string) => all[id], { key, down });

it("sorts names as people do", () => expect(sorted("name")).toEqual(["c", "b", "a"]));
it("puts what wants somebody first", () => expect(sorted("state")).toEqual(["b", "c", "a"]));
it("puts what has no time last, whichever way", () => expect([sorted("next"), sorted("next", true)]).toEqual([["c", "a", "b"], ["a", "c", "b"]]));
it("knows an order for every column", () => columns.forEach((column: { key: string }) => expect(sorted(column.key).toSorted()).toEqual(["a", "b", "c"])));
it("turns round", () => expect(sorted("name", true)).toEqual(["a", "b", "c"]));
it("leaves the order alone for a column it does not know", () => expect(sorted("nonsense")).toEqual(["a", "b", "c"]));
