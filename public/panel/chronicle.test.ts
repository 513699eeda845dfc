import { expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { chronicle } from "./chronicle.js";

const run = (startedAt: number, more: object = {}) => ({ id: `r${startedAt}`, startedAt, red: false, trigger: "schedule", ...more });
const due = (dueAt: number, status: string, more: object = {}) => ({ dueAt, status, causeText: null, runId: null, seen: null, ...more });
type Row = { run?: { id: string }; late?: number | null; firings?: { dueAt: number }[] };
const shown = (rows: Row[]): unknown[] => rows.map((row) => row.run?.id ?? row.firings!.map((one) => one.dueAt));

it("puts missed firings between the runs, those in a row with one cause as one", () => {
  const rows = chronicle([run(90), run(20)], [due(90, "met", { runId: "r90" }), due(80, "missed", { causeText: "asleep" }), due(70, "missed", { causeText: "asleep" }), due(60, "missed"), due(100, "open")]);
  expect(shown(rows)).toEqual(["r90", [80, 70], [60], "r20"]);
});

it("tells how late a run met its firing", () => expect(chronicle([run(95)], [due(90, "late", { runId: "r95" })])[0]).toMatchObject({ late: 5 }));

it("shows no firing older than the runs that are read, unless these are all", () => {
  expect(shown(chronicle([run(90)], [due(10, "missed")], { whole: false }))).toEqual(["r90"]);
  expect(shown(chronicle([run(90)], [due(10, "missed")]))).toEqual(["r90", [10]]);
});

it("narrows", () => {
  const runs = [run(90, { red: true }), run(80, { trigger: "manual" }), run(70)];
  const firings = [due(85, "missed"), due(75, "unknown")];
  expect(["all", "red", "missed", "by hand"].map((filter) => shown(chronicle(runs, firings, { filter })))).toEqual([["r90", [85], "r80", [75], "r70"], ["r90"], [[85]], ["r80"]]);
});
