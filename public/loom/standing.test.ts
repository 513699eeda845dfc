import { describe, expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { activeStep, heldWord, standing, stepLook } from "./standing.js";

const strand = (over: object = {}) => ({
  status: "ok", enabled: true, disabledReason: null, activeRun: null, redRuns: 0, freshness: "fresh", goneAt: null, done: false, schedulerOn: true, system: false, missed: null, changes: [], backoffUntil: null, lastRun: { id: "r" },
  steps: [{ id: "exec", status: "completed", reason: null }, { id: "deliver", status: "completed", reason: null }],
  ...over,
});
const running = { id: "r", startedAt: 0, stepId: "deliver", stuckAt: null, stuckFrom: 1 };

describe("how a strand stands", () => {
  it("is plain when all is well", () => expect(standing(strand())).toEqual({ classes: "s-ok", sign: null, held: false, stuck: false, seen: false, notch: null, end: "solid", halted: false }));
  it.each([
    ["missed", { status: "missed" }, { sign: "missed", classes: "s-missed" }],
    ["missed behind a red run", { status: "failed", redRuns: 1, missed: { count: 2 } }, { sign: "missed", classes: "s-failed" }],
    ["overdue", { status: "overdue" }, { sign: "overdue", classes: "s-missed" }],
    ["disabled", { enabled: false }, { sign: null, classes: "s-ok off", end: "open" }],
    ["disabled by its owner", { enabled: false, disabledReason: "10 errors" }, { sign: "severed", classes: "s-ok off severed" }],
    ["held back", { backoffUntil: 9 }, { held: true }],
    ["waiting for longer than its backoff", { backoffUntil: 9, nextRunAt: 10 }, { held: false }],
    ["stuck", { status: "running", activeRun: { ...running, stuckAt: 5 } }, { stuck: true, classes: "s-running stuck" }],
    ["stale", { freshness: "stale" }, { classes: "s-ok stale" }],
    ["gone", { goneAt: 5 }, { classes: "s-ok ghost", end: "ghost", notch: "vanished" }],
    ["edited", { changes: [{ kind: "edited" }] }, { notch: "edited" }],
    ["done, and so switched off by its owner", { done: true, enabled: false, disabledReason: "It was to run once, and has" }, { sign: null, end: "tied", classes: "s-ok off done" }],
    ["done for good", { done: true }, { end: "tied", classes: "s-ok done" }],
    ["under a scheduler that is off", { schedulerOn: false }, { halted: true, classes: "s-ok halted" }],
    ["the scheduler's own", { system: true }, { classes: "s-ok system" }],
    ["skipped", { status: "skipped" }, { end: "skipped" }],
    ["red and acknowledged", { status: "idle", lastRun: { id: "r", red: true, acknowledged: true } }, { seen: true, classes: "s-idle red-seen" }],
    ["red and acknowledged, and running again", { status: "running", activeRun: running, lastRun: { id: "r", red: true, acknowledged: true } }, { seen: false, classes: "s-running" }],
    ["never run", { status: "idle", lastRun: null }, { end: "open" }],
  ])("shows a strand that is %s", (_name, over, found) => expect(standing(strand(over))).toMatchObject(found));
  it("never shows two states alike", () => {
    const states = [{}, { status: "missed" }, { status: "overdue" }, { enabled: false }, { enabled: false, disabledReason: "x" }, { backoffUntil: 9 }, { status: "running", activeRun: running }, { status: "running", activeRun: { ...running, stuckAt: 5 } }, { freshness: "stale" }, { goneAt: 5 }, { done: true }, { schedulerOn: false }, { status: "skipped" }, { status: "failed", redRuns: 1 }, { status: "idle", lastRun: { id: "r", red: true, acknowledged: true } }];
    expect(new Set(states.map((over) => JSON.stringify(standing(strand(over))))).size).toBe(states.length);
  });
});

describe("how its steps look", () => {
  it("tells of the run under way by its place", () => {
    const busy = strand({ status: "running", activeRun: running });
    expect(activeStep(busy)).toBe(1);
    expect([0, 1].map((at) => stepLook(busy, at, 1))).toEqual(["done", "running"]);
  });
  it("shows a run that was done but not delivered as green and red", () => {
    const undelivered = strand({ steps: [{ status: "completed" }, { status: "failed", reason: null }] });
    expect([0, 1].map((at) => stepLook(undelivered, at, null))).toEqual(["ok", "failed"]);
  });
  it("tells what was torn off and what was passed over from what failed", () => {
    const steps = [{ status: "failed_crash", reason: null }, { status: "failed", reason: "interrupted" }, { status: "skipped", reason: "not_requested" }, { status: null, reason: null }];
    expect(steps.map((_, at) => stepLook(strand({ steps }), at, null))).toEqual(["broken", "broken", "skipped", "idle"]);
  });
});

it("says in a word what holds a strand back", () => {
  const now = 1_000_000;
  expect(["goneAt", "backoffUntil", "done"].map((key) => heldWord(strand({ [key]: key === "done" ? true : now + 240_000 }), now))).toEqual(["gone", "held 4m", "done"]);
  expect(heldWord(strand({ schedulerOn: false }), now)).toBe("halted");
  expect([heldWord(strand({ schedulerOn: false, enabled: false }), now), heldWord(strand({ schedulerOn: false, enabled: false, done: true }), now)]).toEqual(["", "done"]);
  expect(heldWord(strand({ backoffUntil: now - 1 }), now)).toBe("");
});
