/** Whatever an OpenClaw says of its jobs and runs, one of them never takes the others off the page. */
import { describe, expect, it } from "vitest";
import { readRunPage, readSnapshot } from "../../core/mirror/observed.ts";
import { toObservedJob, toObservedJobs } from "../../plugins/openclaw-cron-mirror/jobs.ts";
import { toObservedRuns } from "../../plugins/openclaw-cron-mirror/runs.ts";

const turns = { pass: () => Promise.resolve() };
const plain = {
  id: "j", name: "job", enabled: true, agentId: "main", schedule: { kind: "every", everyMs: 60_000, anchorMs: 1 }, payload: { kind: "command", argv: ["sh", "-c", "true"] },
  delivery: { mode: "announce", channel: "telegram", to: "1" }, state: { nextRunAtMs: 5, runningAtMs: 6, lastRunAtMs: 4, lastRunStatus: "error", consecutiveErrors: 1, autoDisabled: { reason: "other" } },
};
const cron = { ...plain, schedule: { kind: "cron", expr: "* * * * *", tz: "UTC", staggerMs: 5 } };
const entry = {
  runAtMs: 5, durationMs: 1, status: "error", runId: "manual:j:1", error: "boom", errorReason: "timeout", summary: "words", deliveryStatus: "not-delivered", deliveryError: "none",
  diagnostics: { entries: [{ exitCode: 3 }] }, delivery: { intended: {} }, model: "m", usage: { input_tokens: 1 },
};

const long = "x".repeat(1_000_000);
const odd: readonly unknown[] = [
  null, undefined, true, -1, 0.5, NaN, Infinity, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 1e300, "", " ", "\0", "\ud800", "‮desrever", "<script>", "__proto__", "constructor", "x".repeat(5_000),
  [], {}, [null],
  JSON.parse('{"__proto__":{"enabled":false},"constructor":1}'), JSON.parse(`{"toString":1,"then":1}`), Array.from({ length: 1_000 }, () => Number.MAX_SAFE_INTEGER),
];
const huge: readonly unknown[] = [long, Array.from({ length: 100 }, () => long.slice(0, 16_000)), Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`field ${n}`, "a value"]))];

/** Every copy of a value in which one field, at any depth, is replaced by one odd value, or an unknown one is added. */
function* spoiled(value: Readonly<Record<string, unknown>>, depth = 0): Generator<Record<string, unknown>> {
  for (const [key, inner] of Object.entries({ ...value, unheardOf: 1 })) {
    for (const strange of depth === 0 ? [...odd, ...huge] : odd) yield { ...value, [key]: strange };
    if (typeof inner === "object" && inner !== null && !Array.isArray(inner)) for (const changed of spoiled(inner as Record<string, unknown>, depth + 1)) yield { ...value, [key]: changed };
  }
}

describe("what OpenClaw says", () => {
  it.each([["by its interval", plain], ["by the clock", cron]])("of a job that fires %s is taken by the mirror, whatever one field holds", async (_what, job) => {
    for (const row of spoiled(job)) {
      const jobs = await toObservedJobs([row, { ...plain, id: "other" }], "UTC");
      await expect(readSnapshot({ jobs }, turns), JSON.stringify(row)?.slice(0, 300)).resolves.toBeDefined();
      expect(jobs.at(-1)!.id).toBe("other");
    }
  });

  it("of a run is taken by the mirror, whatever one field holds", () => {
    for (const row of spoiled(entry)) {
      const runs = toObservedRuns([row, { ...entry, runAtMs: 9 }]);
      expect(() => readRunPage({ runs, next: null }), JSON.stringify(row)?.slice(0, 300)).not.toThrow();
      expect(runs.at(-1)!.key).toBe("9");
    }
  });

  it("of a job too large to be kept is cut, and a change in what was cut is still a change", () => {
    const large = (last: string): unknown => toObservedJob({ ...plain, payload: { kind: "agentTurn", lines: [...Array.from({ length: 100 }, () => long.slice(0, 16_000)), last] } }, "UTC")!.definition;
    expect(large("a")).toMatchObject({ name: "job", "…": expect.stringContaining("sha256:") as string });
    expect(large("a")).not.toEqual(large("b"));
  });
});
