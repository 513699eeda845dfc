import { expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { asks, marksOf, matches, parseFilter } from "./filter.js";
// @ts-ignore the page's modules are plain JavaScript
import { readStrand } from "./shape.js";

const strand = (more: object = {}) =>
  readStrand({
    id: "p:i:1", name: "price watch", source: { plugin: "p", instance: "i", label: "OpenClaw · work" }, node: { id: "n1", name: "oracle" },
    trigger: { kind: "cron", text: "every 5 minutes", expression: "07:00" }, freshness: "fresh", steps: [{ id: "exec", shares: ["model:GPT-5", "agent:main"] }], ...more,
  });
const failed = strand({ redRuns: 1, status: "failed" });

it.each([
  ["", true], ["price", true], ["PRICE openclaw", true], ["price nothing", false], ["failed", true], ["missed", false], ["every 5", true], ["oracle", true],
  ["is:failed", true], ["is:fai", true], ["is:missed", false], ["is:missed,failed", true], ["is:failed is:missed", false], ["-is:failed", false], ["-is:missed", true],
  ["node:orac", true], ["node:pop", false], ['source:"openclaw · work"', true], ["source:crontab", false], ["model:gpt", true], ["model:claude", false], ["agent:main", true],
  ["07:00", true], ["is:", true], ["price is:", true], ['"price watch"', true], ['"watch price"', false], ["-price", false], ["http://x", false],
])("finds with %j: %s", (text, found) => expect(matches(failed, text)).toBe(found));

it("keeps quoted words together, closed or not", () => {
  expect(parseFilter('source:"a b" "c d')).toEqual([{ key: "source", values: ["a b"], not: false }, { key: null, values: ["c d"], not: false }]);
});

it("knows every state by its word", () => {
  const marks = marksOf(strand({
    status: "running", enabled: false, activeRun: { id: "r", startedAt: "2026-11-21T02:00:00.000Z", stuckAt: "2026-11-21T04:00:00.000Z" }, missed: { count: 2, lastDueAt: "2026-11-21T02:00:00.000Z" },
    changes: [{ id: "c", kind: "edited" }], goneAt: "2026-11-21T02:00:00.000Z", done: true, backoffUntil: "2026-11-21T02:00:00.000Z", schedulerOn: false, freshness: "suspect", system: true,
  }));
  expect(marks).toEqual(expect.arrayContaining(["running", "disabled", "missed", "stuck", "suspect", "changed", "edited", "vanished", "system", "done", "backoff", "scheduler-off", "asking"]));
});

it("tells a source that cannot be read from one that is not believed", () => {
  const found = (word: string) => ["stale", "suspect", "incompatible"].filter((freshness) => matches(strand({ freshness }), `is:${word}`));
  expect(["stale", "suspect", "incompatible"].map(found)).toEqual([["stale"], ["suspect"], ["incompatible"]]);
});

it("knows who wants somebody", () => {
  const wanted = [{ status: "ok" }, { status: "running", redRuns: 1 }, { status: "overdue" }, { status: "waiting" }, { status: "running" }, { changes: [{ kind: "new" }] }, { missed: { count: 1 } }];
  expect(wanted.map((more) => asks(strand(more)))).toEqual([false, true, true, true, false, true, true]);
});
