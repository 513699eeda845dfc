import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Schedule } from "../schedule/schedule.ts";
import type { Case, JudgedRun, Row } from "./case.ts";
import { judge } from "./judge.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const at = (time: string): number => Date.parse(`2026-11-21T${time}Z`);
const noon = at("12:00:00");
const hourly: Schedule = { kind: "cron", expression: "0 * * * *", zone: "UTC" };
const drifting: Schedule = { kind: "every", everyMs: HOUR, drifts: true };

let runs = 0;
const run = (start: number, more: Partial<JudgedRun> = {}): JudgedRun => ({ id: `run ${++runs}`, trigger: "schedule", startedAt: start, finishedAt: start + 1_000, ...more });
const open = (dueAt: number, graceMs = 6 * MINUTE): Row => ({ dueAt, graceMs, status: "open" });
const missed = (dueAt: number, graceMs = 6 * MINUTE): Row => ({ dueAt, graceMs, status: "missed" });

type Strand = Partial<Case["strand"]>;
type Given = Partial<Omit<Case, "strand">> & { readonly strand?: Strand };

/** An hourly job since the morning, read well, with a firing at noon; it is 12:30. */
function given({ strand, ...more }: Given = {}): Case {
  const now = more.now ?? at("12:30:00");
  return {
    strand: {
      schedule: hourly, enabled: true, firstSeenAt: at("06:00:00"), scheduledAt: at("06:00:00"), switchedAt: at("06:00:00"), goneAt: null,
      graceMs: null, nextRunAt: null, ownerTellsNext: false, notBefore: null, ...strand,
    },
    rows: [open(noon)],
    lastDueAt: null,
    runs: [],
    runsSince: -Infinity,
    states: [state("06:00:00")],
    keepsHistory: true,
    readAt: now,
    awakeSince: at("06:00:00"),
    sleeps: [],
    leaps: [],
    missedInARow: 0,
    now,
    ...more,
  };
}

function state(since: string, more: Partial<Case["states"][number]> = {}): Case["states"][number] {
  return { sourceId: "s", since: at(since), freshness: "fresh", schedulerOn: true, message: null, ...more };
}

/** What becomes of the noon firing: its status and cause, or what is done with it instead. */
function noonIs(more: Given): string {
  const verdict = judge(given(more));
  const judged = verdict.judge.find(({ dueAt }) => dueAt === noon);
  if (judged) return judged.cause ? `${judged.to}: ${judged.cause}` : judged.to;
  if (verdict.drop.includes(noon)) return "dropped";
  return verdict.needsLook ? "needs a look" : "open";
}

describe("a firing", () => {
  it("is met by a run that starts within grace", () => {
    expect(noonIs({ runs: [run(noon + 15)] })).toBe("met");
    expect(noonIs({ runs: [run(noon + 6 * MINUTE)] })).toBe("met");
  });

  it("is late when the run starts after grace and before the next is due", () => {
    expect(noonIs({ runs: [run(noon + 6 * MINUTE + 1)] })).toBe("late");
    expect(noonIs({ now: at("13:30:00"), runs: [run(at("12:59:54"))] })).toBe("late");
    expect(noonIs({ now: at("13:30:00"), runs: [run(at("13:00:00"))] })).toBe("missed");
  });

  it("is met five seconds early, and not sooner", () => {
    expect(noonIs({ runs: [run(noon - 5_000)] })).toBe("met");
    expect(noonIs({ runs: [run(noon - 5_001)] })).toBe("missed");
  });

  it("is met by a run of which nobody told who asked for it, and by none that a person did", () => {
    expect(noonIs({ runs: [run(noon, { trigger: "unknown" })] })).toBe("met");
    expect(noonIs({ runs: [run(noon, { trigger: "manual" })] })).toBe("missed");
  });

  it("stays open while a run is under way of which nobody knows yet who asked for it", () => {
    const underWay = { trigger: "unknown", finishedAt: null };
    expect(noonIs({ runs: [run(noon, underWay)] })).toBe("open");
    expect(noonIs({ runs: [run(noon, { ...underWay, trigger: "schedule" })] })).toBe("met");
  });

  it("is missed when nothing ran, with no cause where none is known", () => {
    expect(noonIs({})).toBe("missed");
  });

  it("is not judged within its grace", () => {
    const verdict = judge(given({ now: noon + 6 * MINUTE }));
    expect(verdict).toMatchObject({ judge: [], wakeAt: noon + 6 * MINUTE + 1, needsLook: false });
  });

  it("is not judged before a good look that is later than its grace", () => {
    expect(noonIs({ readAt: noon + 6 * MINUTE })).toBe("needs a look");
    expect(noonIs({ readAt: null })).toBe("needs a look");
    expect(noonIs({ readAt: noon + 6 * MINUTE + 1 })).toBe("missed");
  });

  it("is not judged before Loom has watched for one grace", () => {
    expect(judge(given({ awakeSince: at("12:25:00") }))).toMatchObject({ judge: [], wakeAt: at("12:31:00") });
    expect(noonIs({ awakeSince: at("12:24:00") })).toBe("missed");
  });

  it("has the grace that a person set, and the schedule's stagger beside the rule", () => {
    const opened = (strand: Strand) => judge(given({ rows: [], strand: { ...strand, firstSeenAt: noon } })).open[0];
    expect(opened({ graceMs: 1_000 })).toEqual({ dueAt: at("13:00:00"), graceMs: 1_000 });
    expect(opened({ schedule: { ...hourly, staggerMs: 5 * MINUTE } as Schedule })).toEqual({ dueAt: at("13:00:00"), graceMs: 11 * MINUTE });
  });

  it("of many in ten seconds shares no run with the next, and is not opened again when it was met early", () => {
    const secondly: Schedule = { kind: "every", everyMs: 1_000, anchorMs: noon };
    for (const schedule of [secondly, { ...secondly, drifts: true }]) {
      const verdict = judge(given({ strand: { schedule }, rows: [], lastDueAt: noon, now: noon + 100, runs: [run(noon)] }));
      expect(verdict).toMatchObject({ open: [{ dueAt: noon + 1_000 }], judge: [] });
    }
    expect(judge(given({ rows: [open(at("13:00:00"))], now: noon - 1_000, runs: [run(noon - 3_000)] }))).toMatchObject({ open: [], drop: [] });
  });

  it("that was missed is late when its run is found afterwards", () => {
    const [judged] = judge(given({ rows: [missed(noon), open(at("13:00:00"))], runs: [run(noon + 20 * MINUTE, { id: "found" })] })).judge;
    expect(judged).toEqual({ dueAt: noon, from: "missed", to: "late", cause: null, runId: "found" });
  });

  it("that was missed stays so when the run found is the next one's", () => {
    expect(judge(given({ now: at("13:30:00"), rows: [missed(noon), open(at("13:00:00"))], runs: [run(at("13:00:00"))] })).judge).toMatchObject([{ dueAt: at("13:00:00"), to: "met" }]);
  });
});

describe("a firing that does not count", () => {
  it("is one before Loom first saw the strand", () => {
    expect(judge(given({ rows: [], strand: { firstSeenAt: at("12:10:00") } }))).toMatchObject({ open: [{ dueAt: at("13:00:00") }], judge: [] });
  });

  it("is one before the schedule was changed or the strand enabled", () => {
    expect(noonIs({ strand: { scheduledAt: noon + 1 } })).toBe("dropped");
    expect(noonIs({ strand: { switchedAt: noon + 1 } })).toBe("dropped");
  });

  it("is still met by a run that came before the change", () => {
    expect(noonIs({ strand: { scheduledAt: at("12:10:00") }, runs: [run(noon)] })).toBe("met");
  });

  it("is one of the future that a new schedule made void", () => {
    const verdict = judge(given({ rows: [open(at("13:00:00"))], strand: { schedule: { ...hourly, expression: "45 * * * *" } as Schedule, scheduledAt: at("12:20:00") } }));
    expect(verdict).toMatchObject({ drop: [at("13:00:00")], open: [{ dueAt: at("12:45:00") }] });
  });

  it("is one of a strand that is off or has gone", () => {
    expect(judge(given({ rows: [open(at("13:00:00"))], strand: { enabled: false, switchedAt: at("12:20:00") } }))).toMatchObject({ drop: [at("13:00:00")], open: [] });
    expect(judge(given({ rows: [open(at("13:00:00"))], strand: { goneAt: at("12:20:00") } }))).toMatchObject({ drop: [at("13:00:00")], open: [] });
    expect(noonIs({ strand: { goneAt: at("12:10:00") } })).toBe("dropped");
    expect(noonIs({ strand: { goneAt: at("12:10:00") }, runs: [run(noon)] })).toBe("met");
  });

  it("is one in an hour that the clock jumped over", () => {
    expect(noonIs({ leaps: [{ from: at("11:30:00"), to: at("12:20:00") }] })).toBe("dropped");
  });

  it("is one that no run can be told of any more", () => {
    expect(noonIs({ runsSince: noon + 1 })).toBe("dropped");
  });
});

describe("a firing is excused", () => {
  it("when it was switched off before it could be judged", () => {
    expect(noonIs({ strand: { enabled: false, switchedAt: noon + 2_000 } })).toBe("excused: disabled");
  });

  it("when the run before was still under way", () => {
    expect(noonIs({ runs: [run(at("11:00:00"), { finishedAt: noon + 5 * MINUTE })] })).toBe("excused: overlap");
    expect(noonIs({ runs: [run(at("11:10:00"), { finishedAt: null, trigger: "manual" })] })).toBe("excused: overlap");
    expect(noonIs({ runs: [run(at("11:00:00"), { finishedAt: noon - 1 })] })).toBe("missed");
  });

  it("while its owner held it back after errors", () => {
    expect(noonIs({ strand: { notBefore: noon + 1 } })).toBe("excused: error_backoff");
    expect(noonIs({ strand: { notBefore: noon } })).toBe("missed");
  });
});

describe("the cause of a miss", () => {
  it("is the scheduler that was off as a whole", () => {
    expect(noonIs({ states: [state("06:00:00"), state("11:00:00", { schedulerOn: false }), state("12:20:00")] })).toBe("missed: scheduler_off");
    expect(noonIs({ states: [state("06:00:00", { schedulerOn: false }), state("11:00:00")] })).toBe("missed");
  });

  it("is the source that was down when it was due, or went down just then", () => {
    expect(noonIs({ states: [state("06:00:00"), state("11:59:00", { freshness: "stale" }), state("12:10:00")] })).toBe("missed: source_down");
    expect(noonIs({ states: [state("06:00:00"), state("12:00:01", { freshness: "stale" }), state("12:10:00")] })).toBe("missed: source_down");
    expect(noonIs({ states: [state("06:00:00"), state("12:05:00", { freshness: "stale" }), state("12:10:00")] })).toBe("missed");
  });

  it("is the machine that slept", () => {
    expect(noonIs({ sleeps: [{ from: at("11:00:00"), to: at("12:20:00") }] })).toBe("missed: asleep");
  });

  it("goes with a firing that was late for it", () => {
    expect(noonIs({ states: [state("06:00:00", { freshness: "stale" }), state("12:20:00")], runs: [run(at("12:20:05"))] })).toBe("late: source_down");
  });

  it("cannot be told from a source that keeps no history and was not read then", () => {
    const down = [state("06:00:00"), state("11:59:00", { freshness: "stale" }), state("12:01:00")];
    expect(noonIs({ keepsHistory: false, states: down })).toBe("unknown: unreadable");
    expect(noonIs({ keepsHistory: false })).toBe("missed");
    for (const freshness of ["incompatible", "suspect"] as const) {
      const doubtful = [state("06:00:00"), state("11:59:00", { freshness }), state("12:10:00")];
      expect(noonIs({ keepsHistory: false, states: doubtful })).toBe("unknown: unreadable");
      expect(noonIs({ states: doubtful })).toBe("missed: unreadable");
    }
    expect(noonIs({ keepsHistory: false, awakeSince: at("12:10:00") })).toBe("unknown: unreadable");
  });
});

describe("what comes next", () => {
  const next = (more: Given): readonly number[] => judge(given({ rows: [], ...more })).open.map(({ dueAt }) => dueAt);

  it("is opened ahead, one at a time", () => {
    expect(next({ strand: { firstSeenAt: at("12:10:00") } })).toEqual([at("13:00:00")]);
    expect(next({ lastDueAt: noon })).toEqual([at("13:00:00")]);
  });

  it("is nothing for what only a person or an event sets off", () => {
    expect(next({ strand: { schedule: { kind: "manual" } } })).toEqual([]);
    expect(next({ strand: { schedule: { kind: "event", what: "make exits" }, ownerTellsNext: true, nextRunAt: at("13:00:00") } })).toEqual([]);
  });

  it("is the owner's word where Loom cannot reckon", () => {
    expect(next({ strand: { schedule: { kind: "unknown", what: "moon" }, ownerTellsNext: true, nextRunAt: at("12:44:00") } })).toEqual([at("12:44:00")]);
  });

  it("is the slot before the owner's word, which includes stagger", () => {
    expect(next({ lastDueAt: noon, strand: { ownerTellsNext: true, nextRunAt: at("13:04:10") } })).toEqual([at("13:00:00")]);
    expect(next({ lastDueAt: noon, strand: { ownerTellsNext: true, nextRunAt: at("12:31:10") } })).toEqual([at("13:00:00")]);
  });

  it("leaves out slots that the owner says it will not fire at", () => {
    expect(next({ lastDueAt: noon, strand: { ownerTellsNext: true, nextRunAt: at("15:00:00") } })).toEqual([at("15:00:00")]);
  });

  it("keeps slots that fall into a time of backoff, to be excused", () => {
    expect(next({ lastDueAt: noon, strand: { ownerTellsNext: true, nextRunAt: at("15:20:00"), notBefore: at("15:20:00") } })).toEqual([at("13:00:00")]);
  });

  it("is the time of a one-shot, and nothing after it", () => {
    const once = { schedule: { kind: "at", atMs: at("12:40:00") } as Schedule };
    expect(next({ strand: once })).toEqual([at("12:40:00")]);
    expect(next({ strand: once, lastDueAt: at("12:40:00"), now: at("12:50:00") })).toEqual([]);
  });
});

describe("on days when clocks change", () => {
  const berlin = (expression: string): Strand => ({ schedule: { kind: "cron", expression, zone: "Europe/Berlin" }, firstSeenAt: 0, scheduledAt: 0, switchedAt: 0 });
  const dueBetween = (expression: string, from: string, to: string): string[] =>
    judge(given({ rows: [], strand: berlin(expression), lastDueAt: Date.parse(from), now: Date.parse(to), readAt: null, awakeSince: 0 }))
      .open.map(({ dueAt }) => new Date(dueAt).toISOString())
      .filter((due) => due <= to);

  it("a time that does not exist fires once, later by the gap", () => {
    expect(dueBetween("30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-29T12:00:00.000Z")).toEqual(["2026-03-29T01:30:00.000Z"]);
  });

  it("a time that comes twice fires once", () => {
    expect(dueBetween("30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T12:00:00.000Z")).toEqual(["2026-10-25T00:30:00.000Z"]);
  });

  it("a daily firing has a day of 23 or 25 hours to come late in", () => {
    const due = Date.parse("2026-10-24T22:00:00Z");
    const [judged] = judge(given({ strand: berlin("0 0 * * *"), rows: [open(due, HOUR)], runs: [run(due + 24.5 * HOUR)], now: due + 26 * HOUR, awakeSince: 0 })).judge;
    expect(judged).toMatchObject({ to: "late" });
  });
});

describe("a schedule that counts on from its last run", () => {
  const every = (more: Given): ReturnType<typeof judge> => judge(given({ ...more, strand: { schedule: drifting, ...more.strand } }));

  it("is next due an interval after that run started", () => {
    const verdict = every({ runs: [run(noon + 2 * MINUTE)] });
    expect(verdict).toMatchObject({ judge: [{ to: "met" }], open: [{ dueAt: noon + 2 * MINUTE + HOUR }] });
  });

  it("is next due an interval after a miss", () => {
    expect(every({})).toMatchObject({ judge: [{ dueAt: noon, to: "missed" }], open: [{ dueAt: at("13:00:00") }] });
  });

  it("is next due when its owner says so", () => {
    expect(every({ runs: [run(noon)], strand: { ownerTellsNext: true, nextRunAt: at("13:10:00") } }).open).toMatchObject([{ dueAt: at("13:10:00") }]);
  });

  it("is not due again while its owner still tells of the firing before", () => {
    expect(every({ runs: [run(noon + 15)], strand: { ownerTellsNext: true, nextRunAt: noon } }).open).toMatchObject([{ dueAt: noon + 15 + HOUR }]);
  });

  it("is put off when its owner moves a firing that is not due yet", () => {
    const rows = [open(at("13:00:00"))];
    expect(every({ rows, strand: { ownerTellsNext: true, nextRunAt: at("13:25:00") } })).toMatchObject({ drop: [at("13:00:00")], open: [{ dueAt: at("13:25:00") }] });
    expect(every({ rows, runs: [run(at("12:25:00"), { trigger: "manual" })] })).toMatchObject({ drop: [at("13:00:00")], open: [{ dueAt: at("13:25:00") }] });
  });

  it("is not put off by a run that follows another within moments", () => {
    const twice = [run(noon), run(noon + 3_000, { trigger: "unknown", finishedAt: null })];
    const told = { ownerTellsNext: true, nextRunAt: at("13:00:00") };
    for (const strand of [told, {}]) {
      expect(every({ now: noon + 4_000, runs: twice, strand })).toMatchObject({ judge: [{ dueAt: noon, to: "met" }], open: [{ dueAt: at("13:00:00") }] });
    }
  });

  it("is not expected while it is held back after errors", () => {
    expect(every({ runs: [run(noon)], strand: { notBefore: at("13:40:00") } }).open).toMatchObject([{ dueAt: at("13:40:00") }]);
  });

  describe.each([15_001, 16_804, 17_999, 19_999])("every 20 s, made up for %i ms late", (lateMs) => {
    const SECOND = 1_000;
    const start = noon + lateMs;
    const strand = { schedule: { ...drifting, everyMs: 20 * SECOND } as Schedule };
    const states = [state("06:00:00"), state("11:59:50", { freshness: "stale" }), state("12:00:15")];
    const grace = MINUTE;
    const next = noon + 20 * SECOND;
    it.each<[string, Given]>([
      ["while Loom looks on", { rows: [open(noon, grace)], now: start + 50, strand: { ...strand, ownerTellsNext: true, nextRunAt: start + 20 * SECOND } }],
      ["while the next was expected at its old time", { rows: [open(noon, grace), open(next, grace)], now: start + 50, strand }],
      ["and read when its old time has passed", { rows: [open(noon, grace), open(next, grace)], now: next + 3 * SECOND, strand }],
      ["and read when nothing else was planned", { rows: [open(noon, grace)], now: next + 3 * SECOND, strand: { ...strand, ownerTellsNext: true, nextRunAt: start + 20 * SECOND } }],
    ])("is met %s", (_when, more) => {
      const verdict = every({ ...more, runs: [run(start, { id: "made up" })], states });
      expect(verdict).toMatchObject({ judge: [{ dueAt: noon, to: "met", runId: "made up" }], strays: [] });
      expect(verdict.open).toMatchObject([{ dueAt: start + 20 * SECOND }]);
    });
  });

  it("leaves no scheduled run without a firing while one before it is open, whenever it starts and is read", () => {
    const everyMs = 20_000;
    const drawn = fc.record({ lateMs: fc.nat(everyMs - 1), readMs: fc.integer({ min: 1, max: everyMs - 1 }), isNextOpen: fc.boolean(), isTold: fc.boolean() });
    fc.assert(
      fc.property(drawn, ({ lateMs, readMs, isNextOpen, isTold }) => {
        const start = noon + lateMs;
        const rows = [open(noon, MINUTE), ...(isNextOpen ? [open(noon + everyMs, MINUTE)] : [])];
        const strand = { schedule: { ...drifting, everyMs } as Schedule, ownerTellsNext: isTold, nextRunAt: isTold ? start + everyMs : null };
        const verdict = every({ rows, strand, runs: [run(start)], now: start + readMs });
        expect(verdict).toMatchObject({ judge: [{ dueAt: noon, to: "met" }], strays: [] });
      }),
      { numRuns: 500 },
    );
  });

  it("is followed from run to run through the time that Loom was not there", () => {
    const starts = ["09:00:00.010", "10:00:00.030", "12:07:00", "13:07:00.020"].map(at);
    const verdict = every({ rows: [open(at("09:00:00"))], runs: starts.map((start) => run(start)), now: at("13:30:00") });
    expect(verdict.judge.map(({ dueAt, to }) => [new Date(dueAt).toISOString().slice(11, 23), to])).toEqual([
      ["09:00:00.000", "met"], ["10:00:00.010", "met"], ["11:00:00.030", "missed"], ["12:00:00.030", "late"], ["13:07:00.000", "met"],
    ]);
    expect(verdict.open.at(-1)).toMatchObject({ dueAt: at("14:07:00.020") });
  });
});

describe("floods", () => {
  const month = 30 * 24 * HOUR;
  const secondly: Strand = { schedule: { kind: "cron", expression: "* * * * * *", zone: "UTC" }, firstSeenAt: 0, scheduledAt: 0, switchedAt: 0 };

  it("of a month of seconds are two hundred firings", () => {
    const verdict = judge(given({ strand: secondly, rows: [open(noon - month, MINUTE)], awakeSince: 0 }));
    expect(verdict.judge.length).toBeLessThanOrEqual(200);
    expect(verdict.open.length).toBeLessThanOrEqual(201);
    expect(verdict.open.at(-1)).toMatchObject({ dueAt: at("12:30:01") });
  });

  it("of an interval of seconds are two hundred as well", () => {
    const verdict = judge(given({ strand: { ...secondly, schedule: { kind: "every", everyMs: 1_000, drifts: true } }, rows: [open(noon - month, MINUTE)], awakeSince: 0 }));
    expect(verdict.open.length).toBeLessThanOrEqual(201);
    expect(verdict.open.at(-1)!.dueAt).toBeGreaterThan(at("12:30:00"));
    expect(verdict.open.at(-1)!.dueAt).toBeLessThanOrEqual(at("12:30:01"));
  });

  it("of misses end after two hundred in a row, until a run comes", () => {
    const row = open(noon, MINUTE);
    expect(judge(given({ strand: secondly, rows: [row], missedInARow: 199 })).judge[0]).toMatchObject({ to: "missed" });
    const silent = judge(given({ strand: secondly, rows: [row], missedInARow: 200 }));
    expect(silent.judge).toEqual([]);
    expect(silent.drop).toContain(noon);
    expect(judge(given({ strand: secondly, rows: [row], missedInARow: 200, runs: [run(noon)] }))).toMatchObject({ judge: [{ to: "met" }], missedInARow: expect.toSatisfy((n: number) => n < 200) });
  });

  it("do not come of a clock that is set forward by months, nor of one that is set back", () => {
    const leap = { from: noon - 60_000, to: noon + month };
    const forward = judge(given({ rows: [open(noon)], leaps: [leap], now: leap.to, awakeSince: leap.to }));
    expect(forward).toMatchObject({ judge: [], drop: [noon], open: [{ dueAt: leap.to + HOUR }] });
    const back = judge(given({ rows: [open(noon + month)], lastDueAt: null, now: noon - 10 * MINUTE }));
    expect(back).toMatchObject({ judge: [], drop: [noon + month], open: [{ dueAt: noon }] });
  });
});
