import { expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { readRun } from "../state/detailShape.js";
// @ts-ignore the page's modules are plain JavaScript
import { readStrand } from "../state/shape.js";
// @ts-ignore the page's modules are plain JavaScript
import { whyLines } from "./why.js";

const now = Date.UTC(2026, 10, 21, 12);
const iso = (minutesAgo: number): string => new Date(now - minutesAgo * 60_000).toISOString();
const strand = (more: object) => readStrand({ id: "a", name: "a", status: "ok", freshness: "fresh", source: { label: "OpenClaw" }, ...more });
const told = (more: object, known: object = {}): string[] => whyLines(strand(more), known, now).map((line: { title: string; detail?: string }) => [line.title, line.detail].filter(Boolean).join(": "));

it("says nothing of what is well", () => expect(told({})).toEqual([]));

it.each([
  [{ goneAt: iso(3) }, "Its owner does not have it any more: It stays here until that is acknowledged. Its history is kept."],
  [{ status: "missed", missed: { count: 3, lastDueAt: iso(9), causeText: "The machine was asleep" } }, "3 firings were missed, the last: The machine was asleep."],
  [{ status: "overdue", nextRunAt: iso(9) }, "It should have started 9 min ago: Nothing has been seen of that run, and nothing explains why it did not come."],
  [{ schedulerOn: false }, "Its scheduler is switched off as a whole: Nothing of OpenClaw fires until it is on again."],
  [{ backoffUntil: iso(-12) }, "Its owner holds it back after errors: It is not started for another 12 min."],
  [{ enabled: false, disabledReason: "5 errors in a row" }, "Its owner switched it off: 5 errors in a row."],
  [{ enabled: false }, "It is disabled"],
  [{ freshness: "stale" }, "Its source cannot be read: This is what was last read."],
  [{ enabled: false, done: true }, "It was to run once, and has"],
])("tells of %j", (more, words) => expect(told(more)).toEqual([words]));

it("tells why a run is red: the step and its error", () => {
  const run = readRun({ id: "r", status: "failed", red: true, steps: [{ id: "exec", label: "EXEC", status: "failed", error: "exited with code 3" }] });
  expect(told({ redRuns: 1 }, { run })).toEqual(["It failed at EXEC: exited with code 3"]);
  expect(told({ redRuns: 1 })).toEqual(["It failed"]);
  expect(told({ redRuns: 1 }, { run: readRun({ id: "r", status: "failed", code: "interrupted", steps: [] }) })).toEqual(["It was interrupted: interrupted"]);
});

it("tells a result that did not arrive from work that failed", () => {
  const run = readRun({ id: "r", status: "succeeded", red: true, steps: [{ id: "exec", label: "EXEC", status: "completed" }, { id: "deliver", label: "DELIVER", status: "failed", error: "Channel is required" }] });
  expect(told({ redRuns: 1 }, { run })).toEqual(["It ran well, but DELIVER failed: Channel is required"]);
});

it("tells since when a run is stuck, and how long it usually takes", () => {
  const more = { status: "running", activeRun: { id: "r", startedAt: iso(180), stuckAt: iso(30), stuckFrom: iso(120) } };
  expect(told(more, { p95Ms: 48_000 })).toEqual(["It has been running for too long: It runs for 3h, and was to be done after 1h. Nearly all of its runs take at most 48s."]);
});

it("is green over a job that was to run once only where that went well", () => {
  const tones = ["ok", "idle", "failed"].map((status) => whyLines(strand({ status, enabled: false, done: true }), {}, now).map((line: { tone: string }) => line.tone));
  expect(tones).toEqual([["ok"], ["idle"], ["idle"]]);
});

it("puts the most pressing first", () => {
  const keys = whyLines(strand({ redRuns: 1, missed: { count: 1, lastDueAt: iso(5), causeText: "x" }, schedulerOn: false, freshness: "stale" }), {}, now).map((line: { key: string }) => line.key);
  expect(keys).toEqual(["red", "missed", "scheduler", "unread"]);
});
