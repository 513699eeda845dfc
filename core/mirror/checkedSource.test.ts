import { describe, expect, it } from "vitest";
import { usedHeap } from "../../test/support/heap.ts";
import { checked } from "./checkedSource.ts";
import type { Source } from "./contract.ts";
import { SourceProblem } from "./problem.ts";

const job = { id: "j", name: "J", enabled: true, schedule: { kind: "manual" }, steps: [{ id: "run", label: "RUN" }], historyMark: null, definition: {} };
const run = { key: "k", trigger: "manual", status: "succeeded", startedAt: 1, finishedAt: 2, steps: [] };
let now = 0;
const circle: Record<string, unknown> = {};
circle["again"] = circle;

/** A source that answers whatever the test says. */
function source(answers: { snapshot?: unknown; runs?: unknown; answer?: unknown } & Record<string, unknown>): Source {
  const { snapshot, runs, answer, ...more } = answers;
  return checked({
    identity: "s",
    label: "S",
    can: { setEnabled: true, runNow: true },
    snapshot: async () => snapshot,
    runs: async () => runs,
    runNow: async () => answer,
    ...more,
  } as unknown as Source, { mono: () => now }, (text) => text.replaceAll("hunter2", "[redacted]"));
}

const signal = AbortSignal.any([]);
const look = (snapshot: unknown) => source({ snapshot }).snapshot({ revision: null, signal });
const refused = (place: string) => ({ code: "SOURCE_INCOMPATIBLE", message: expect.stringContaining(place) as unknown });

describe("a checked source", () => {
  it("hands on a snapshot that holds to the contract", async () => {
    const full = { version: "1", revision: "r", schedulerOn: true, jobs: [{ ...job, nextRunAt: 5, running: { key: "1", startedAt: 1 }, notBefore: 7 }], departed: [] };
    expect(await look(full)).toEqual(full);
    expect(await look({ unchanged: true })).toEqual({ unchanged: true });
  });

  it("tells times in whole milliseconds, as they are stored", async () => {
    expect(source({ askWaitMs: () => 1_234.5 }).askWaitMs!("runNow", 0)).toBe(1_235);
    expect(await source({ answer: { accepted: false, reason: "later", retryAfterMs: 0.5 } }).runNow!("j", { by: "me", definition: {}, signal })).toMatchObject({ retryAfterMs: 1 });
    expect(await look({ jobs: [{ ...job, schedule: { kind: "every", everyMs: 1_000.5 } }] })).toMatchObject({ jobs: [{ schedule: { everyMs: 1_001 } }] });
  });

  it("says nothing secret of failures, and its runs print none", async () => {
    const steps = [{ id: "a", status: "failed", reason: "by hunter2", error: "no hunter2", output: "as hunter2" }, { id: "b", status: "completed" }];
    const page = await source({ runs: { runs: [{ ...run, status: "failed", error: "401 for hunter2", steps }, run], next: "hunter2" } }).runs!("j", { after: null, limit: 1, signal } as never);
    expect(page.runs).toEqual([{ ...run, status: "failed", error: "401 for [redacted]", steps: [{ id: "a", status: "failed", reason: "by [redacted]", error: "no [redacted]", output: "as [redacted]" }, { id: "b", status: "completed" }] }, run]);
    expect(page.next).toBe("hunter2");
    const ask = { by: "me", definition: {}, signal };
    expect(await source({ answer: { accepted: false, reason: "not with hunter2" } }).runNow!("j", ask)).toEqual({ accepted: false, reason: "not with [redacted]" });
    const refusing = source({ runNow: () => Promise.reject(new SourceProblem("refused", "no hunter2", { help: "Change hunter2.", retryAfterMs: 7 })), setEnabled: () => { throw new Error("at hunter2"); } });
    await expect(refusing.runNow!("j", ask)).rejects.toMatchObject({ code: "SOURCE_REFUSED", message: "no [redacted]", help: "Change [redacted].", retryAfterMs: 7 });
    await expect(refusing.setEnabled!("j", true, ask)).rejects.toThrow("at [redacted]");
    const other = new SourceProblem("unreachable", "nobody there");
    await expect(source({ setEnabled: () => Promise.reject(other) }).setEnabled!("j", true, ask)).rejects.toBe(other);
  });

  it("takes no more jobs than a page of them could show", async () => {
    const jobs = (count: number) => Array.from({ length: count }, (_, n) => ({ ...job, id: `j${n}` }));
    expect(await look({ jobs: jobs(10_000) })).toMatchObject({ jobs: { length: 10_000 } });
    await expect(look({ jobs: jobs(10_001) })).rejects.toMatchObject(refused("jobs"));
    // None of them is read then.
    const unread = { get id(): string { throw new Error("read"); } };
    await expect(look({ jobs: Array.from({ length: 10_001 }, () => unread) })).rejects.toMatchObject(refused("jobs: Too big"));
  });

  it("lets others have their turn between jobs, and still says where a wrong one stands", async () => {
    let others = 0;
    const jobs = Array.from({ length: 500 }, (_, n) => ({ ...job, get id() {
      now += 5;
      return n === 417 ? 7 : `j${n}`;
    } }));
    const turn = (): void => void setImmediate(() => (others++, others < 1_000 && turn()));
    turn();
    await expect(look({ jobs })).rejects.toMatchObject(refused("jobs.417.id"));
    expect(others).toBeGreaterThanOrEqual(100);
    others = 1_000;
    await expect(look({ jobs: [], departed: [job, { ...job, name: 7 }] })).rejects.toMatchObject(refused("departed.1.name"));
  });

  it("takes no page of more runs than can be looked through in a moment", async () => {
    const page = (count: number, one: object) => source({ runs: { runs: Array.from({ length: count }, () => one), next: null } }).runs!("j", { cursor: null, signal });
    expect(await page(1_000, run)).toMatchObject({ runs: { length: 1_000 } });
    const unread = { get key(): string { throw new Error("read"); } };
    await expect(page(1_001, unread)).rejects.toThrow("runs: Too big");
  });

  it("keeps nothing in memory of what it cuts off", async () => {
    const before = usedHeap();
    const commands = Array.from({ length: 30 }, (_, n) => JSON.parse(`"${String(n % 10).repeat(2 * 1_048_576)}"`) as string);
    const seen = await look({ jobs: commands.map((command, n) => ({ ...job, id: `j${n}`, command })) });
    commands.length = 0;
    expect(usedHeap() - before).toBeLessThan(8 * 1_048_576);
    expect(seen).toMatchObject({ jobs: { length: 30 } });
  });

  it.each<[what: string, job: object, place: string]>([
    ["an id that is a number", { id: 7 }, "jobs.0.id"],
    ["an id without end", { id: "x".repeat(513) }, "jobs.0.id"],
    ["no name", { name: undefined }, "jobs.0.name"],
    ["a time that no calendar has", { nextRunAt: 9e15 }, "jobs.0.nextRunAt"],
    ["a time that is no number", { nextRunAt: Number.NaN }, "jobs.0.nextRunAt"],
    ["a bigint", { historyMark: 5n }, "jobs.0.historyMark"],
    ["a run that began beyond all calendars", { running: { key: "k", startedAt: -1e300 } }, "jobs.0.running.startedAt"],
    ["a cron schedule without its zone", { schedule: { kind: "cron", expression: "0 0 * * *" } }, "jobs.0.schedule.zone"],
    ["a kind of schedule that there is not", { schedule: { kind: "lunar" } }, "jobs.0.schedule"],
    ["two steps with one id", { steps: [{ id: "a", label: "A" }, { id: "a", label: "B" }] }, "jobs.0.steps: two steps"],
    ["steps without end", { steps: Array.from({ length: 101 }, (_, n) => ({ id: `${n}`, label: "S" })) }, "jobs.0.steps"],
    ["a circle", { definition: circle }, "jobs.0.definition: not JSON"],
    ["a circle where a word should be", { disabledReason: circle }, "jobs.0.disabledReason"],
    ["a definition of megabytes", { definition: { a: "x".repeat(2_000_000) } }, "jobs.0.definition: longer"],
    ["a definition of thousands of levels", { definition: { a: JSON.parse(`${"[".repeat(3_000)}${"]".repeat(3_000)}`) as unknown } }, "jobs.0.definition: more than 100 levels deep"],
    ["a definition that throws", { definition: { toJSON: () => { throw new Error("no"); } } }, "jobs.0.definition: not JSON"],
  ])("refuses %s, and says where it stands", async (_what, wrong, place) => {
    await expect(look({ jobs: [{ ...job, ...wrong }] })).rejects.toMatchObject(refused(place));
  });

  it.each([undefined, null, {}, { jobs: "abc" }, { jobs: [null] }, 7])("refuses %j for a snapshot", async (snapshot) => {
    await expect(look(snapshot)).rejects.toMatchObject(refused("snapshot"));
  });

  it("cuts words to a length that a page can show", async () => {
    const taken = await look({ jobs: [{ ...job, name: "<b>".repeat(1_000_000) }] });
    expect(taken).toMatchObject({ jobs: [{ name: `${"<b>".repeat(167).slice(0, 499)}…` }] });
  });

  it("cuts errors to more than is kept of them, however long they are", async () => {
    const [error, steps] = ["\u0001".repeat(5_000_000), [{ id: "exec", status: "failed", error: "e".repeat(5_000_000) }]];
    const { runs } = await source({ runs: { runs: [{ ...run, error, steps }], next: null } }).runs!("j", { cursor: null, signal });
    expect([runs[0]!.error!.length, runs[0]!.steps[0]!.error!.length]).toEqual([5_000, 5_000]);
  });

  it("copies, so that nothing changes or throws later", async () => {
    const definition = { a: 1 };
    const taken = await look({ jobs: [{ ...job, definition }] });
    definition.a = 2;
    expect(taken).toMatchObject({ jobs: [{ definition: { a: 1 } }] });
  });

  it("keeps ids that are prototype keys as plain words", async () => {
    const definition = JSON.parse('{"__proto__": {"owned": true}}') as object;
    const taken = await look({ jobs: [{ ...job, id: "__proto__", definition }] });
    expect(JSON.stringify(taken)).toContain('"definition":{"__proto__":{"owned":true}}');
    expect(({} as { owned?: boolean }).owned).toBeUndefined();
  });

  it("refuses runs and answers that are none", async () => {
    const runs = (page: unknown) => source({ runs: page }).runs!("j", { cursor: null, signal });
    await expect(runs({ runs: [{ ...run, status: "exploded" }], next: null })).rejects.toThrow("runs.0.status");
    await expect(runs({ runs: [{ ...run, finishedAt: 9e15 }], next: null })).rejects.toThrow("runs.0.finishedAt");
    await expect(runs({ runs: [{ ...run, summary: circle }], next: null })).rejects.toThrow("runs.0.summary: not JSON");
    await expect(runs(null)).rejects.toThrow("page of runs");
    await expect(source({ answer: "yes" }).runNow!("j", { by: "me", definition: {}, signal })).rejects.toThrow("answer");
  });

  it("rejects where the adapter throws at once", async () => {
    const throws = (): never => {
      throw new Error("at once");
    };
    await expect(source({ snapshot: throws, runNow: throws }).runNow!("j", { by: "me", definition: {}, signal })).rejects.toThrow("at once");
  });

  it("looks neither without end nor at moments that are none", () => {
    expect(source({ pollMs: Number.NaN, spacingMs: -1 })).toMatchObject({ spacingMs: 10 });
    expect(source({ pollMs: Number.NaN }).pollMs).toBeUndefined();
  });

  it("offers what the adapter offers, and no more", () => {
    expect(source({ runs: undefined }).setEnabled).toBeUndefined();
    expect(checked({ identity: "s", label: "S", can: { setEnabled: "no", runNow: "no" }, snapshot: async () => ({ jobs: [] }) }, { mono: () => now }, (text) => text).runs).toBeUndefined();
  });
});
