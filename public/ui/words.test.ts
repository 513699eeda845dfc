import { expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { readStrand } from "../state/shape.js";
// @ts-ignore the page's modules are plain JavaScript
import { endWords, freshnessLine, heldUntil, nextLine, nextWord, originWords, runTone, spoken, statusLine, toneOf } from "./words.js";

const now = Date.UTC(2026, 10, 21, 12);
const iso = (ago: number): string => new Date(now - ago).toISOString();
const last = (more: object = {}) => ({ id: "r", status: "succeeded", red: false, acknowledged: false, startedAt: iso(260_000), finishedAt: iso(250_000), ...more });
const strand = (more: object = {}) => readStrand({ id: "a", name: "price watch", freshness: "fresh", trigger: { kind: "cron", text: "every 30 minutes" }, ...more });

it.each([
  [{ status: "ok", lastRun: last() }, "ok 4 min ago", "ok"],
  [{ status: "failed", redRuns: 1, lastRun: last({ status: "failed", red: true }) }, "failed 4 min ago", "failed"],
  [{ status: "failed", redRuns: 1, lastRun: last({ red: true }), steps: [{ label: "EXEC", status: "completed" }, { label: "DELIVER", status: "failed" }] }, "ran, but DELIVER failed 4 min ago", "failed"],
  [{ status: "failed", redRuns: 1, lastRun: last() }, "failed before; last run ok 4 min ago", "failed"],
  [{ status: "failed", redRuns: 1, lastRun: last({ status: "skipped" }) }, "failed before; last run skipped 4 min ago", "failed"],
  [{ status: "failed", redRuns: 1 }, "failed before", "failed"],
  [{ status: "idle", lastRun: last({ status: "failed", red: true, acknowledged: true }) }, "failed 4 min ago · seen", "acknowledged"],
  [{ status: "idle", lastRun: last({ red: true, acknowledged: true }), steps: [{ label: "EXEC", status: "completed" }, { label: "DELIVER", status: "failed" }] }, "ran, but DELIVER failed 4 min ago · seen", "acknowledged"],
  [{ status: "idle", done: true, enabled: false, lastRun: last({ status: "failed", red: true, acknowledged: true }) }, "failed 4 min ago · seen", "disabled"],
  [{ status: "running", activeRun: { id: "r", startedAt: iso(72_000) } }, "running for 1m 12s", "running"],
  [{ status: "overdue", nextRunAt: iso(540_000) }, "9 min overdue", "overdue"],
  [{ status: "missed" }, "missed its last firing", "missed"],
  [{ status: "missed", missed: { count: 1, lastDueAt: iso(540_000), causeText: "" } }, "missed its firing 9 min ago", "missed"],
  [{ status: "missed", missed: { count: 3, lastDueAt: iso(540_000), causeText: "" } }, "missed 3 firings, 9 min ago", "missed"],
  [{ status: "running", activeRun: { id: "r", startedAt: iso(7_200_000), stuckAt: iso(1) } }, "stuck, running for 2h", "stuck"],
  [{ status: "ok", goneAt: iso(540_000) }, "vanished 9 min ago", "gone"],
  [{ status: "ok", done: true, enabled: false, lastRun: last() }, "done 4 min ago", "disabled"],
  [{ status: "skipped", lastRun: last({ status: "skipped" }) }, "skipped 4 min ago", "idle"],
  [{ status: "waiting" }, "waits for you", "waiting"],
  [{ status: "idle" }, "never ran", "idle"],
])("says of %j: %s", (more, words, tone) => {
  expect(statusLine(strand(more), now)).toBe(words);
  expect(toneOf(strand(more))).toBe(tone);
});

it("shows red although the strand is off or stale", () => {
  expect(toneOf(strand({ status: "failed", redRuns: 1, enabled: false, freshness: "stale" }))).toBe("failed");
});

it("tells only of a backoff that outlasts the wait for the next firing", () => {
  const until = (...[backoff, next]: (number | null)[]): number | null => heldUntil({ backoffUntil: backoff, nextRunAt: next });
  expect([until(30, 90), until(90, 90), until(90, 30), until(30, null), until(null, 90), until(null, null)]).toEqual([null, 90, 90, 30, null, null]);
});

it("tells the next firing in a few letters", () => {
  const next = (more: object): string[] => [nextLine(strand(more), now), nextWord(strand(more), now)];
  expect(next({ nextRunAt: iso(-180_500) })).toEqual(["in 3 min", "in 3 min"]);
  expect(next({ enabled: false, nextRunAt: iso(-1) })).toEqual(["off", "off"]);
  expect(next({ trigger: { kind: "manual" } })).toEqual(["by hand", "by hand"]);
  expect(next({ trigger: { kind: "event" } })).toEqual(["on event", "on event"]);
  expect(next({ status: "overdue", nextRunAt: iso(540_000) })).toEqual(["due 9 min ago", "9m late"]);
  expect(next({ nextRunAt: iso(540_000), freshness: "stale" })).toEqual(["due 9 min ago", "due"]);
});

it("says everything to those who hear the page", () => {
  expect(spoken(strand({ status: "failed", redRuns: 2, enabled: false, freshness: "stale", lastRun: last({ status: "failed", red: true }) }), now)).toBe("price watch, failed 4 min ago, 2 red runs, disabled, stale, every 30 minutes");
});

it("says too what has to be acknowledged", () => {
  const words = spoken(strand({ status: "ok", missed: { count: 1, lastDueAt: iso(540_000), causeText: "" }, changes: [{ kind: "edited" }], schedulerOn: false, enabled: true, nextRunAt: iso(-540_000) }), now);
  expect(words).toBe("price watch, ok, missed its firing 9 min ago, edited, its scheduler is off, every 30 minutes");
});

it("tells how a run came about, and nothing where its owner does not tell", () => {
  const origin = (trigger: string, triggerBy: string | null = null): string => originWords({ trigger, triggerBy });
  expect([origin("schedule"), origin("manual"), origin("unknown"), origin("manual", "ann"), origin("manual", "page")]).toEqual(["on schedule", "by hand", "", "asked by ann", "asked from the page"]);
});

it("tells red from red that was seen", () => {
  expect([last({ red: true }), last({ red: true, acknowledged: true }), last(), last({ status: "running", finishedAt: null }), last({ status: "skipped" })].map(runTone)).toEqual(["failed", "acknowledged", "ok", "running", "idle"]);
});

it("calls ok only a run that did its work and was delivered", () => {
  expect([last(), last({ red: true }), last({ status: "failed", red: true }), last({ status: "skipped" })].map(endWords)).toEqual(["ok", "not delivered", "failed", "skipped"]);
});

it("never says ok of a last run that is red, seen or not", () => {
  for (const run of [last({ status: "failed", red: true, acknowledged: true }), last({ red: true, acknowledged: true })]) {
    const seen = strand({ status: "idle", lastRun: run });
    expect(spoken(seen, now)).not.toMatch(/\bok\b/);
    expect(spoken(seen, now)).toContain("seen");
  }
});

it("tells how fresh a source is", () => {
  const source = (more: object) => ({ freshness: "fresh", schedulerOn: true, lastGoodReadAt: now - 250_000, ...more });
  expect([source({}), source({ schedulerOn: false }), source({ freshness: "stale" }), source({ freshness: "stale", lastGoodReadAt: null }), source({ freshness: "incompatible" })].map((each) => freshnessLine(each, now))).toEqual([
    "fresh", "switched off", "stale · last read 4 min ago", "stale · never read", "version not understood",
  ]);
});
