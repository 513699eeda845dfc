import fc from "fast-check";
import { expect, it } from "vitest";
import type { Case } from "./case.ts";
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
