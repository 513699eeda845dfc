import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Case, Row } from "./case.ts";
import { driftingDues } from "./drift.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const MOST = 200;
const sometime = fc.integer({ min: NOW - 60_000, max: NOW });

const run = fc.record({ trigger: fc.constantFrom("schedule", "manual", "unknown"), startedAt: sometime });
const told = fc.option(fc.integer({ min: NOW - 60_000, max: NOW + 60_000 }));

it("every firing comes after the one before, and there is an end to them, however close together runs are", () => {
  const anyCase = fc.record({
    everyMs: fc.integer({ min: 1_000, max: 30_000 }),
    runs: fc.array(run, { maxLength: 20 }),
    firstSeenAt: sometime,
    lastDueAt: fc.option(sometime),
    nextRunAt: told,
    notBefore: told,
  });
  fc.assert(
    fc.property(anyCase, ({ everyMs, runs, firstSeenAt, lastDueAt, nextRunAt, notBefore }) => {
      const { fresh, next } = driftingDues(given({ everyMs, runs, firstSeenAt, lastDueAt, nextRunAt, notBefore }), everyMs, MOST);
      const all = next === null ? fresh : [...fresh, next];
      expect(all).toEqual([...new Set(all)].toSorted((a, b) => a - b));
      expect(fresh.every((due) => due <= NOW)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

describe("every ten minutes", () => {
  const MINUTE = 60_000;
  const everyMs = 10 * MINUTE;
  const due = NOW - 15 * MINUTE;
  const open = (dueAt: number): Row => ({ dueAt, graceMs: MINUTE, status: "open" });

  /** What is planned from the firing at `due` on, when that started then. */
  function dues(startedAt: number | null, more: Partial<Case>): ReturnType<typeof driftingDues> {
    const runs = startedAt === null ? [] : [{ trigger: "schedule", startedAt }];
    const drawn = given({ everyMs, runs, firstSeenAt: due - 1, lastDueAt: null, nextRunAt: null, notBefore: null });
    return driftingDues({ ...drawn, ...more }, everyMs, MOST);
  }

  it.each([-5_000, -3_000, 0, 35, 4_000, 5 * MINUTE])("what follows a run that starts %i ms after its time is counted from the run, whenever it is read", (lateMs) => {
    const start = due + lateMs;
    const after = [start + everyMs, start + 2 * everyMs];
    expect(dues(start, { rows: [], lastDueAt: due })).toMatchObject({ fresh: [after[0]], next: after[1] });
    expect(dues(start, { rows: [open(due)] })).toMatchObject({ fresh: [after[0]], next: after[1], moved: [] });
    if (lateMs === 0) return;
    expect(dues(start, { rows: [open(due), open(due + everyMs)] })).toMatchObject({ fresh: [after[0]], next: after[1], moved: [due + everyMs] });
    expect(dues(start, { rows: [open(due), open(due + everyMs)], now: Math.max(due, start) + 1_000 })).toMatchObject({ fresh: [], next: after[0] });
  });

  it("one that was met moments before its time is followed at once", () => {
    expect(dues(due - 3_000, { rows: [], lastDueAt: due, now: due - 1_000 })).toMatchObject({ fresh: [], next: due - 3_000 + everyMs });
  });

  it("what was judged is not planned again while something before it is open", () => {
    expect(dues(null, { rows: [open(due)], lastDueAt: due + everyMs })).toMatchObject({ fresh: [], next: due + 2 * everyMs });
    expect(dues(null, { rows: [open(due), open(due + 2 * everyMs)] })).toMatchObject({ fresh: [], next: due + 2 * everyMs });
  });
});

interface Drawn {
  readonly everyMs: number;
  readonly runs: readonly { readonly trigger: string; readonly startedAt: number }[];
  readonly firstSeenAt: number;
  readonly lastDueAt: number | null;
  readonly nextRunAt: number | null;
  readonly notBefore: number | null;
}

function given({ everyMs, runs, firstSeenAt, lastDueAt, nextRunAt, notBefore }: Drawn): Case {
  return {
    strand: {
      schedule: { kind: "every", everyMs, drifts: true, anchorMs: firstSeenAt }, enabled: true, firstSeenAt, scheduledAt: firstSeenAt, switchedAt: firstSeenAt,
      goneAt: null, graceMs: null, nextRunAt, ownerTellsNext: nextRunAt !== null, notBefore,
    },
    rows: [],
    lastDueAt,
    runs: runs.map((one, i) => ({ id: `run ${i}`, finishedAt: null, ...one })),
    runsSince: -Infinity,
    states: [],
    keepsHistory: true,
    readAt: NOW,
    awakeSince: firstSeenAt,
    sleeps: [],
    leaps: [],
    missedInARow: 0,
    now: NOW,
  };
}
