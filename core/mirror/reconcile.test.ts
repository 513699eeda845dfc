import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StrandChange } from "../store/contract.ts";
import type { ObservedJob } from "./contract.ts";
import { isOverdue, reconcile, type KnownStrand, type Observation } from "./reconcile.ts";

const NOON = Date.UTC(2026, 10, 21, 12);
const MINUTE = 60_000;

function job(id: string, more: Partial<ObservedJob> = {}): ObservedJob {
  return {
    id,
    name: `job ${id}`,
    enabled: true,
    schedule: { kind: "every", everyMs: 10 * MINUTE },
    steps: [{ id: "exec", label: "EXEC" }],
    nextRunAt: NOON + 5 * MINUTE,
    running: null,
    historyMark: null,
    definition: { payload: { kind: "command" } },
    ...more,
  };
}

function seen(jobs: readonly ObservedJob[], more: Partial<Observation> = {}): Observation {
  return { sourceId: "p:i", at: NOON, schedulerOn: true, jobs, departed: [], ...more };
}

/** What the store would hold after these changes. */
function apply(known: ReadonlyMap<string, KnownStrand>, changes: readonly StrandChange[]): Map<string, KnownStrand> {
  const after = new Map(known);
  for (const change of changes) {
    if (change.kind !== "removed") after.set(change.strand.ownerJobId, { ...change.strand, goneAt: null });
    else for (const [id, strand] of after) if (strand.id === change.id) after.set(id, { ...strand, goneAt: NOON });
  }
  return after;
}

const kinds = (changes: readonly StrandChange[]): string[] => changes.map((change) => `${change.kind} ${change.kind === "removed" ? change.id : change.strand.id}`);

describe("reconcile", () => {
  it("adds what it never saw", () => {
    expect(kinds(reconcile(new Map(), seen([job("a")])))).toEqual(["added p:i:a"]);
  });

  it("finds nothing to do the second time", () => {
    const known = apply(new Map(), reconcile(new Map(), seen([job("a"), job("b")])));
    expect(reconcile(known, seen([job("b"), job("a")]))).toEqual([]);
  });

  it("takes off what is not there any more, once", () => {
    const known = apply(new Map(), reconcile(new Map(), seen([job("a"), job("b")])));
    const gone = reconcile(known, seen([job("a")]));
    expect(kinds(gone)).toEqual(["removed p:i:b"]);
    expect(reconcile(apply(known, gone), seen([job("a")]))).toEqual([]);
  });

  it("brings back a job that vanished", () => {
    const there = apply(new Map(), reconcile(new Map(), seen([job("a")])));
    const away = apply(there, reconcile(there, seen([])));
    expect(kinds(reconcile(away, seen([job("a")])))).toEqual(["returned p:i:a"]);
  });

  it("names the fields of an edit", () => {
    const known = apply(new Map(), reconcile(new Map(), seen([job("a")])));
    const [change] = reconcile(known, seen([job("a", { definition: { payload: { kind: "agentTurn" }, wakeMode: "now" } })]));
    expect(change).toMatchObject({ kind: "edited", fields: ["payload", "wakeMode"] });
  });

  it("tells a few of the fields that were edited, in brief, where all have other names", () => {
    const wide = (mark: string): ObservedJob => job("a", { definition: Object.fromEntries(Array.from({ length: 250 }, (_, n) => [`${mark}${n}`.padEnd(1_800, "x"), n])) });
    const before = apply(new Map(), reconcile(new Map(), seen([wide("a")])));
    const [change] = reconcile(before, seen([wide("b")]));
    expect(change!.kind === "edited" && [change!.fields.length, JSON.stringify(change!.fields).length < 2_000]).toEqual([21, true]);
  });

  it("does not take the order of keys for an edit", () => {
    const known = apply(new Map(), reconcile(new Map(), seen([job("a", { definition: { one: 1, two: { x: 1, y: 2 } } })])));
    expect(reconcile(known, seen([job("a", { definition: { two: { y: 2, x: 1 }, one: 1 } })]))).toEqual([]);
  });

  it("sees a new firing, a switch and a new mark as changes of state", () => {
    const known = apply(new Map(), reconcile(new Map(), seen([job("a")])));
    for (const more of [{ nextRunAt: NOON }, { enabled: false }, { historyMark: "1" }, { nextRunAt: null }]) {
      expect(kinds(reconcile(known, seen([job("a", more)])))).toEqual(["changed p:i:a"]);
    }
  });

  it("counts the first of two jobs with one id", () => {
    const changes = reconcile(new Map(), seen([job("a", { name: "first" }), job("a", { name: "second" })]));
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({ kind: "added", strand: { name: "first" } });
  });

  it("keeps a job that came and went between two looks, so that its runs have a strand", () => {
    expect(kinds(reconcile(new Map(), seen([], { departed: [job("a")] })))).toEqual(["added p:i:a", "removed p:i:a"]);
    const [added] = reconcile(new Map(), seen([], { departed: [job("a", { definition: { name: "a", text: "x".repeat(9_000) } })] }));
    expect(added).toMatchObject({ strand: { definition: { name: "a", "…": expect.any(String) } } });
  });

  it("takes what is there at the first look of all for no news", () => {
    expect(reconcile(new Map(), seen([job("a")], { first: true }))[0]).toMatchObject({ kind: "added", expected: true });
    expect(reconcile(new Map(), seen([job("a")]))[0]).not.toHaveProperty("expected");
  });

  it("names who made or changed a job, where its owner tells", () => {
    const known = apply(new Map(), reconcile(new Map(), seen([job("a")])));
    expect(reconcile(known, seen([job("a", { name: "other", by: "agent main" }), job("b", { by: "agent main" })]))).toMatchObject([
      { kind: "edited", by: "agent main" },
      { kind: "added", by: "agent main" },
    ]);
  });

  it("does not wonder that a job goes which was to run once and had its time, or which leaves by itself", () => {
    const once = (atMs: number) => job("a", { schedule: { kind: "at", atMs } });
    const past = apply(new Map(), reconcile(new Map(), seen([once(NOON - MINUTE)])));
    expect(reconcile(past, seen([]))).toMatchObject([{ kind: "removed", expected: true }]);
    const early = apply(new Map(), reconcile(new Map(), seen([once(NOON + MINUTE)])));
    expect(reconcile(early, seen([]))[0]).not.toHaveProperty("expected");
    expect(reconcile(early, seen([], { departed: [{ ...once(NOON + MINUTE), leavesByItself: true }] }))).toMatchObject([{ kind: "removed", expected: true }]);
  });

  it("treats ids that are prototype keys like any other", () => {
    const jobs = ["__proto__", "constructor", "toString"].map((id) => job(id));
    const known = apply(new Map(), reconcile(new Map(), seen(jobs)));
    expect(known.size).toBe(3);
    expect(reconcile(known, seen(jobs))).toEqual([]);
  });

  it("always reaches what was observed, from any state, and rests there", () => {
    const someJob = fc.record({ id: fc.constantFrom("a", "b", "c", "__proto__"), enabled: fc.boolean(), name: fc.string(), mark: fc.option(fc.string()) });
    const someJobs = fc.uniqueArray(someJob, { selector: (one) => one.id });
    fc.assert(
      fc.property(someJobs, someJobs, (before, after) => {
        const observe = (all: typeof before): Observation => seen(all.map((one) => job(one.id, { name: one.name, enabled: one.enabled, historyMark: one.mark })));
        const known = apply(new Map(), reconcile(new Map(), observe(before)));
        const reached = apply(known, reconcile(known, observe(after)));
        const present = [...reached.values()].filter((strand) => strand.goneAt === null);
        expect(present.map((strand) => [strand.ownerJobId, strand.name, strand.enabled, strand.historyMark]).sort()).toEqual(
          after.map((one) => [one.id, one.name, one.enabled, one.mark]).sort(),
        );
        expect(reconcile(reached, observe(after))).toEqual([]);
      }),
    );
  });
});

describe("overdue", () => {
  const at = (minutes: number): Pick<Observation, "at" | "schedulerOn"> => ({ at: NOON + minutes * MINUTE, schedulerOn: true });
  const due = job("a", { nextRunAt: NOON });

  it("begins after a grace of a tenth of the interval, and at least a minute", () => {
    expect(isOverdue(due, at(1), null)).toBe(false);
    expect(isOverdue(due, at(1.1), null)).toBe(true);
    const daily = job("a", { nextRunAt: NOON, schedule: { kind: "cron", expression: "0 12 * * *", zone: "UTC" } });
    expect(isOverdue(daily, at(59), null)).toBe(false);
    expect(isOverdue(daily, at(61), null)).toBe(true);
  });

  it("adds the schedule's own stagger to the grace", () => {
    const staggered = job("a", { nextRunAt: NOON, schedule: { kind: "cron", expression: "* * * * *", zone: "UTC", staggerMs: 5 * MINUTE } });
    expect(isOverdue(staggered, at(5), null)).toBe(false);
    expect(isOverdue(staggered, at(7), null)).toBe(true);
  });

  it("begins after the grace that a person set, shorter or longer than the rule's", () => {
    expect(isOverdue(due, at(0.5), 20_000)).toBe(true);
    expect(isOverdue(due, at(9), 10 * MINUTE)).toBe(false);
    const known = (graceMs: number | null): Map<string, KnownStrand> =>
      new Map([...apply(new Map(), reconcile(new Map(), seen([due])))].map(([id, strand]) => [id, { ...strand, graceMs }]));
    const later = seen([due], { at: NOON + 5 * MINUTE });
    expect(reconcile(known(null), later)).toMatchObject([{ kind: "changed", strand: { overdue: true } }]);
    expect(reconcile(known(10 * MINUTE), later)).toEqual([]);
  });

  it.each([
    ["is disabled", { enabled: false }],
    ["is running", { running: { key: "1", startedAt: NOON } }],
    ["waits out an error backoff", { notBefore: NOON + 60 * MINUTE }],
    ["has no next firing", { nextRunAt: null }],
  ])("is not said of a job that %s", (_why, more) => {
    expect(isOverdue({ ...due, ...more }, at(30), null)).toBe(false);
  });

  it("is not said while the scheduler is off as a whole", () => {
    expect(isOverdue(due, { at: NOON + 30 * MINUTE, schedulerOn: false }, null)).toBe(false);
  });
});
