import { describe, expect, test, vi } from "vitest";
import { toObservedJob, toObservedJobs } from "./jobs.ts";
import { fixture } from "./test/fixture.ts";

const recorded = await toObservedJobs(fixture("cron.list").jobs, "Europe/Paris");
const byName = (name: string) => recorded.find((job) => job.name === name)!;
const scheduled = (schedule: unknown) => toObservedJob({ id: "a", schedule }, "Europe/Paris")!.schedule;

describe("a recorded list", () => {
  test("gives every job once", () => {
    expect(recorded).toHaveLength(fixture("cron.list").jobs.length);
  });

  test("tells OpenClaw's own jobs from a person's", () => {
    const system = recorded.filter((job) => job.system).map((job) => job.name);
    expect(system).toEqual(["Heartbeat (main)", "Memory Dreaming Promotion", "Skill collection review (main)"]);
  });

  test("shows a command as it would be typed", () => {
    expect(byName("cmd-fail").command).toBe("echo partial output; echo boom >&2; exit 3");
  });

  test("marks the newest run by its start and its status", () => {
    expect(byName("cmd-fail").historyMark).toMatch(/^\d{13}:error$/);
    expect(byName("Heartbeat (main)").historyMark).toBeNull();
  });

  test("says that a one-shot has had its run", () => {
    expect(byName("once-keep")).toMatchObject({ enabled: false, nextRunAt: null, disabledReason: "It was to run once, and has" });
    expect(byName("disabled-one").disabledReason).toBeUndefined();
  });
});

describe("a schedule", () => {
  test("of cron kind keeps its zone, or takes the host's and says so", () => {
    expect(scheduled({ kind: "cron", expr: "0 9 * * *", tz: "Asia/Tokyo" })).toEqual({ kind: "cron", expression: "0 9 * * *", zone: "Asia/Tokyo" });
    expect(scheduled({ kind: "cron", expr: "0 9 * * *", staggerMs: 300_000 })).toEqual({
      kind: "cron", expression: "0 9 * * *", zone: "Europe/Paris", zoneIsHost: true, staggerMs: 300_000,
    });
  });

  test("of every kind drifts with its runs", () => {
    expect(scheduled({ kind: "every", everyMs: 60_000, anchorMs: 5 })).toEqual({ kind: "every", everyMs: 60_000, anchorMs: 5, drifts: true });
  });

  test.each([
    ["2026-11-21T00:09:12.496Z", Date.UTC(2026, 10, 21, 0, 9, 12, 496)],
    ["2026-11-21T01:00:00+02:00", Date.UTC(2026, 10, 20, 23)],
    ["2026-11-21T01:00:00", Date.UTC(2026, 10, 21, 1)],
  ])("at %s is read as OpenClaw reads it", (at, atMs) => {
    expect(scheduled({ kind: "at", at })).toEqual({ kind: "at", atMs });
  });

  test("that waits for an event says for which", () => {
    expect(scheduled({ kind: "on-exit", command: "make" })).toEqual({ kind: "event", what: "make exits" });
    expect(scheduled({ kind: "stream", command: ["tail", "-f", "my log"] })).toEqual({ kind: "event", what: "tail -f 'my log' prints a line" });
  });

  test("with a condition foretells no run, only when the condition is asked", () => {
    const withCondition = (schedule: unknown) => toObservedJob({ id: "a", schedule, trigger: { script: "return { fire: false }" } }, "UTC")!.schedule;
    expect(withCondition({ kind: "cron", expr: "*/5 * * * *" })).toEqual({ kind: "event", what: "its condition holds, asked at */5 * * * *" });
    expect(withCondition({ kind: "every", everyMs: 30_000 })).toEqual({ kind: "event", what: "its condition holds, asked every 30 s" });
  });

  test.each([[{ kind: "lunar", phase: 3 }], [{ kind: "every", everyMs: 0 }], [{ kind: "every", everyMs: 999 }], [{ kind: "at", at: "soon" }], [{ kind: "cron" }], [undefined], [7]])("%j is shown as unknown", (schedule) => {
    expect(scheduled(schedule).kind).toBe("unknown");
  });
});

describe("a job's state", () => {
  const withState = (state: object, more: object = {}) => toObservedJob({ id: "a", name: "a", schedule: { kind: "every", everyMs: 1_000 }, state, ...more }, "UTC")!;

  test("names the run that is under way by its start", () => {
    expect(withState({ runningAtMs: 1_700_000_000_000 }).running).toEqual({ key: "1700000000000", startedAt: 1_700_000_000_000 });
  });

  test("after errors tells how long OpenClaw waits", () => {
    const failed = { lastRunAtMs: 1_000_000, lastDurationMs: 500, lastRunStatus: "error" };
    expect(withState({ ...failed, consecutiveErrors: 1 }).notBefore).toBe(1_030_500);
    expect(withState({ ...failed, consecutiveErrors: 9 }).notBefore).toBe(4_600_500);
    expect(withState({ ...failed, lastRunStatus: "ok" }).notBefore).toBeUndefined();
    expect(withState({ ...failed, consecutiveErrors: 9 }, { enabled: false }).notBefore).toBeUndefined();
  });

  test("says why OpenClaw switched a job off", () => {
    const autoDisabled = { reason: "consecutive-failures", atMs: 1, consecutiveErrors: 10 };
    expect(withState({ autoDisabled }, { enabled: false }).disabledReason).toBe("OpenClaw switched it off after 10 failed runs in a row");
  });

  test("is no part of the definition, and neither is the switch", () => {
    const before = withState({ lastRunAtMs: 1 }, { enabled: true, updatedAtMs: 1, configRevision: "a", lastRunStatus: "ok", nextRunAtMs: 5 });
    const after = withState({ lastRunAtMs: 2, runningAtMs: 3 }, { enabled: false, updatedAtMs: 2, configRevision: "b" });
    expect(after.definition).toEqual(before.definition);
  });
});

describe("what a job shares", () => {
  const sharesOf = (job: object) => toObservedJob({ id: "a", ...job }, "UTC")!.steps.map((step) => step.shares);

  test("is the model and the agent that it names, and the channel that it announces to", () => {
    const job = { agentId: "main", payload: { kind: "agentTurn", message: "hi", model: "stub/one" }, delivery: { mode: "announce", channel: "telegram", to: "42" } };
    expect(sharesOf(job)).toEqual([["model:stub/one", "agent:main"], ["channel:telegram:42"]]);
    expect(sharesOf({ ...job, delivery: { mode: "announce", channel: "telegram" } })[1]).toEqual(["channel:telegram"]);
  });

  test("is nothing that it leaves open", () => {
    expect(sharesOf({ payload: { kind: "agentTurn", message: "hi" }, delivery: { mode: "announce", channel: "last", to: "42" } })).toEqual([undefined, undefined]);
    expect(sharesOf({ payload: { kind: "command", argv: ["x"], model: "m" }, delivery: { mode: "none", channel: "telegram" } })).toEqual([undefined, undefined]);
  });
});

describe("who made a job", () => {
  test("is told where an agent did", () => {
    expect(toObservedJob({ id: "a", owner: { agentId: "main", sessionKey: "agent:main:telegram" } }, "UTC")!.by).toBe("agent main, session agent:main:telegram");
    expect(toObservedJob({ id: "a", agentId: "main" }, "UTC")!.by).toBeUndefined();
  });
});

test("a one-shot that OpenClaw removes after its run is known to leave by itself", () => {
  const once = (deleteAfterRun?: boolean) => toObservedJob({ id: "a", schedule: { kind: "at", at: "2026-11-21T00:00:00Z" }, ...(deleteAfterRun !== undefined && { deleteAfterRun }) }, "UTC")!.leavesByItself;
  expect([once(true), once(false), once()]).toEqual([true, undefined, undefined]);
});

test("others have their turn while a long list is mapped", async () => {
  let turns = 0;
  const turn = (): void => void setImmediate(() => (turns++, turns < 1_000 && turn()));
  turn();
  expect(await toObservedJobs(Array.from({ length: 1_000 }, (_, n) => ({ id: `j${n}` })), "UTC")).toHaveLength(1_000);
  expect(turns).toBeGreaterThanOrEqual(50);
  turns = 1_000;
});

describe("what is not as it should be", () => {
  test("rows without an id and repeated rows are left out", async () => {
    const rows = [null, 3, [], {}, { id: "" }, { id: 4 }, { id: "x".repeat(513) }, { id: "half \ud800" }, { id: "a", name: "first" }, { id: "a", name: "second" }];
    expect((await toObservedJobs(rows, "UTC")).map((job) => job.name)).toEqual(["first"]);
  });

  test("a name that nobody can see is none", () => {
    expect(["", "  ", "\u0001\u202e\u200b", "\u0001x"].map((name) => toObservedJob({ id: "a", name }, "UTC")!.name)).toEqual(["a", "a", "a", "\u0001x"]);
  });

  test("wrong types everywhere still give a job", () => {
    const job = toObservedJob({ id: "a", name: 7, enabled: "yes", schedule: [], payload: "x", state: { runningAtMs: -1, nextRunAtMs: "soon", lastRunAtMs: NaN, consecutiveErrors: {} } }, "UTC")!;
    expect(job).toMatchObject({ id: "a", name: "a", enabled: true, running: null, nextRunAt: null, historyMark: null });
  });

  test("keys of the prototype are only keys", () => {
    const job = toObservedJob(JSON.parse('{"id":"__proto__","name":"constructor","payload":{"__proto__":{"polluted":true}},"schedule":{"kind":"toString"}}'), "UTC")!;
    expect(job.id).toBe("__proto__");
    expect(JSON.stringify(job.definition)).toContain('"__proto__":{"polluted":true}');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test("a name of a megabyte is cut, and a change behind the cut is still a change", () => {
    const long = "x".repeat(1_000_000);
    const job = toObservedJob({ id: "a", name: long, description: long }, "UTC")!;
    const edited = toObservedJob({ id: "a", name: long, description: `${long}!` }, "UTC")!;
    expect(job.name.length).toBeLessThan(300);
    expect(JSON.stringify(job).length).toBeLessThan(50_000);
    expect(edited.definition).not.toEqual(job.definition);
  });

  test("of a command only as much is written out as is shown", () => {
    const writing = vi.spyOn(String.prototype, "replaceAll");
    const argv = ["echo", ...Array.from({ length: 2_000 }, () => "'".repeat(5_000))];
    const job = toObservedJob({ id: "a", payload: { kind: "command", argv }, schedule: { kind: "stream", command: argv } }, "UTC")!;
    expect(writing.mock.contexts.reduce<number>((sum, part) => sum + String(part).length, 0)).toBeLessThan(10_000);
    expect(job.command).toMatch(/^echo '('\\'')+.*…$/);
    expect(job.command).toHaveLength(4_000);
    const plain = toObservedJob({ id: "a", payload: { kind: "command", argv: ["x".repeat(4_001)] } }, "UTC")!;
    expect(plain.command).toBe(`${"x".repeat(3_999)}…`);
  });

  test("a payload of very many small values is not kept, and a change in it is still a change", () => {
    const withValues = (count: number) => toObservedJob({ id: "a", name: "a", payload: { x: Array.from({ length: count }, () => ({})) } }, "UTC")!;
    const [job, edited] = [withValues(20_000), withValues(20_001)];
    expect(JSON.stringify(job).length).toBeLessThan(2_000);
    expect(job.definition).toMatchObject({ id: "a", name: "a" });
    expect(edited.definition).not.toEqual(job.definition);
  });

  test("a job of very many fields keeps short ones, wherever they stand", () => {
    const job = toObservedJob({ payload: { x: Array.from({ length: 5_000 }, () => 0) }, ...Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`field ${n}`, n])), id: "a", long: "x".repeat(2_000) }, "UTC")!;
    expect(Object.keys(job.definition)).toHaveLength(101);
    expect(job.definition).toMatchObject({ "field 0": 0, "field 99": 99, "…": expect.stringContaining("sha256:") as string });
    const without = { id: "a", schedule: undefined, payload: { kind: "command", argv: Array.from({ length: 5_000 }, () => "x") } };
    expect(toObservedJob(without, "UTC")!.definition).toEqual({ id: "a", "…": expect.stringContaining("sha256:") as string });
  });

  test("a moment so late that nothing could be added to it is none", () => {
    const job = toObservedJob({ id: "a", schedule: { kind: "every", everyMs: 8.64e15 }, state: { runningAtMs: 8.64e15, nextRunAtMs: 8.64e15, lastRunAtMs: 8.64e15 } }, "UTC")!;
    expect(job).toMatchObject({ running: null, nextRunAt: null, historyMark: null, schedule: { kind: "unknown" } });
  });

  test("JSON that nests without end is cut", () => {
    const payload = JSON.parse(`${'{"a":'.repeat(3_000)}1${"}".repeat(3_000)}`) as object;
    expect(JSON.stringify(toObservedJob({ id: "a", payload }, "UTC")).length).toBeLessThan(1_000);
  });
});

test("values of a command's environment are not taken over", () => {
  const job = toObservedJob({ id: "a", payload: { kind: "command", argv: ["backup"], env: { PASSWORD: "hunter2", HOST: "x" } } }, "UTC")!;
  expect(job.definition.payload).toEqual({ kind: "command", argv: ["backup"], env: ["HOST", "PASSWORD"] });
});
