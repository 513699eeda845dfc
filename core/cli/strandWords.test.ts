import { describe, expect, it } from "vitest";
import type { StrandView } from "../http/schemas.ts";
import { nextCell, runCell, statusCell, unfreshLines } from "./strandWords.ts";

const now = Date.UTC(2026, 10, 21, 12);
const ahead = (minutes: number): string => new Date(now + minutes * 60_000).toISOString();
const tick = (over: object = {}): StrandView["lastRun"] => ({ id: "r", status: "succeeded", red: false, acknowledged: false, startedAt: ahead(-1), finishedAt: ahead(-1), ...over });
type Standing = Parameters<typeof statusCell>[0];
const standing = (over: Partial<Standing> = {}): Standing => ({ status: "ok", lastRun: tick(), activeRun: null, freshness: "fresh", ...over });
type Planned = Parameters<typeof nextCell>[0];
const next = (over: Partial<Planned>): string => nextCell({ goneAt: null, paused: null, enabled: true, done: false, disabledReason: null, schedulerOn: true, nextRunAt: ahead(47), backoffUntil: null, ...over }, now).text;

describe("how a strand stands", () => {
  it("is its status in its colour", () => expect(statusCell(standing())).toEqual({ text: "ok", colour: "green" }));
  it("is never ok where its last run failed or did not arrive, seen or not", () => {
    const seen = (over: object): Standing => standing({ status: "idle", lastRun: tick({ red: true, acknowledged: true, ...over }) });
    expect(statusCell(seen({ status: "failed" }))).toEqual({ text: "failed (seen)", colour: "dim" });
    expect(statusCell(seen({}))).toEqual({ text: "not delivered (seen)", colour: "dim" });
    expect(statusCell(standing({ status: "failed", lastRun: tick({ red: true }) }))).toEqual({ text: "not delivered", colour: "red" });
  });
  it("is said with less certainty of a source that is not fresh", () => {
    expect(statusCell(standing({ freshness: "stale" }))).toEqual({ text: "ok · stale", colour: "dim" });
    expect(statusCell(standing({ status: "failed", freshness: "suspect" }))).toEqual({ text: "failed · suspect", colour: "red" });
  });
  it("tells a run that is stuck from one that runs", () => {
    const activeRun = { id: "r", startedAt: ahead(-90), stepId: null, stuckAt: ahead(-1), stuckFrom: ahead(-30) };
    expect(statusCell(standing({ status: "running", activeRun }))).toEqual({ text: "stuck", colour: "yellow" });
    expect(statusCell(standing({ status: "running", activeRun: { ...activeRun, stuckAt: null } }))).toEqual({ text: "running", colour: "blue" });
  });
});

it.each<[Partial<Planned>, string]>([
  [{}, "in 47m"],
  [{ enabled: false }, "disabled"],
  [{ enabled: false, disabledReason: "10 errors in a row" }, "disabled: 10 errors in a row"],
  [{ enabled: false, disabledReason: "x".repeat(90) }, `disabled: ${"x".repeat(39)}…`],
  [{ enabled: false, done: true, disabledReason: "It was to run once, and has" }, "done"],
  [{ paused: { since: ahead(-1), by: "ann" }, nextRunAt: null }, "paused"],
  [{ schedulerOn: false, nextRunAt: null }, "halted"],
  [{ backoffUntil: ahead(60) }, "held for 1h"],
  [{ backoffUntil: ahead(10) }, "in 47m"],
  [{ goneAt: ahead(-1), nextRunAt: null }, "gone"],
])("says when %j runs next: %s", (over, words) => expect(next(over)).toBe(words));

it("tells a run that was not delivered from one that succeeded", () => {
  const run = (over: Partial<Parameters<typeof runCell>[0]>) => runCell({ status: "succeeded", red: false, acknowledged: null, ...over });
  expect(run({})).toEqual({ text: "succeeded", colour: "green" });
  expect(run({ red: true })).toEqual({ text: "not delivered", colour: "red" });
  expect(run({ status: "failed", red: true, acknowledged: { at: ahead(-1), by: "ann" } })).toEqual({ text: "failed (seen)", colour: "dim" });
});

it("names each source that is not fresh", () => {
  const source = (freshness: "fresh" | "stale" | "suspect", message: string | null = null) => ({ label: "OpenClaw", freshness, message });
  expect(unfreshLines([source("fresh"), source("stale", "no answer"), source("suspect")])).toEqual(["OpenClaw is stale: no answer", "OpenClaw is suspect"]);
});
