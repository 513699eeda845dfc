import { describe, expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { pauseLine, pauseLines } from "./pauseWords.js";

const strand = (over: object = {}) => ({ kind: "mirrored", enabled: true, system: false, goneAt: null, activeRun: null, can: { setEnabled: { allowed: true } }, ...over });
const one = (state: string, over: object = {}) => ({ id: state, name: state, state, scope: "everything", since: 5, by: "ann", reason: null, ...over });
const report = (over: object = {}) => ({ everything: null, strands: [], queue: { waiting: 0, expectedWaitMs: null }, ...over });

it("says before everything is paused what becomes of each kind", () => {
  const lines: string[] = pauseLines([strand({ kind: "woven" }), strand(), strand({ activeRun: {} }), strand({ system: true }), strand({ enabled: false }), strand({ goneAt: 1 })]);
  expect(lines).toHaveLength(4);
  expect(lines[0]).toContain("1 workflow of Loom starts nothing more");
  expect(lines[1]).toContain("2 jobs of other schedulers are switched off");
  expect(lines[2]).toContain("1 job goes on");
  expect(lines[3]).toContain("1 run under way goes on");
});

describe("the line of a pause", () => {
  it("is none where nothing is paused, or single strands alone", () => expect([pauseLine(report()), pauseLine(report({ strands: [one("paused", { scope: "strand" })] }))]).toEqual([null, null]));
  it("tells who, what is to come and what is otherwise", () =>
    expect(pauseLine(report({ everything: { since: 5, by: "ann" }, strands: [one("pausing"), one("left_out"), one("new")], queue: { waiting: 3, expectedWaitMs: 61_200 } }))).toMatchObject({
      paused: true, title: "Everything is paused, by ann", queue: "3 jobs still to be switched, about 1m 2s", groups: [{ state: "new", words: "1 new since" }, { state: "left_out", words: "1 left out" }],
    }));
  it("goes on until all is put back, and tells then what was not", () => {
    expect(pauseLine(report({ strands: [one("resuming")], queue: { waiting: 1, expectedWaitMs: null } }))).toMatchObject({ paused: false, title: "Everything is being resumed" });
    expect(pauseLine(report({ strands: [one("changed"), one("refused")] }))).toMatchObject({ title: "Resumed, but not all is as it was", groups: [{ state: "refused" }, { state: "changed" }] });
  });
});
