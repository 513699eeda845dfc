import { describe, expect, it } from "vitest";
import { seededRandom } from "../../test/support/random.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { OccurrenceStatus } from "../store/contract.ts";
import { EARLY_MS, type Case, type JudgedRun, type Row } from "./case.ts";
import { judge } from "./judge.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const INTERVAL = 10 * MINUTE;
const GRACE = MINUTE;
const BEGIN = Date.UTC(2026, 10, 21);
const END = BEGIN + 24 * 60 * MINUTE;

const steady: Schedule = { kind: "cron", expression: "*/10 * * * *", zone: "UTC" };
const drifting: Schedule = { kind: "every", everyMs: INTERVAL, drifts: true };

interface Stretch { readonly from: number; readonly to: number }
interface Truth { readonly dueAt: number; readonly status: OccurrenceStatus }

/** A scheduler that runs its one job, runs it late or not at all, runs it for too long, and is down now and then. */
class Owner {
  readonly runs: JudgedRun[] = [];
  readonly truth: Truth[] = [];
  readonly downs: Stretch[] = [];
  /** From when on it foretells which firing. */
  readonly #told: { readonly since: number; readonly next: number }[] = [];
  readonly #random: () => number;

  /** Whether some runs come so late that they are moments before the next firing. */
  readonly #close: boolean;

  constructor(random: () => number, drifts: boolean, close: boolean) {
    this.#random = random;
    this.#close = close;
    let due = BEGIN + INTERVAL;
    this.#told.push({ since: BEGIN, next: due });
    while (due < END) due = this.#fire(due, drifts);
    this.runs.sort((a, b) => a.startedAt - b.startedAt);
  }

  nextAt(time: number): number {
    return this.#told.findLast(({ since }) => since <= time)!.next;
  }

  isDown(time: number): boolean {
    return this.downs.some(({ from, to }) => from <= time && time < to);
  }

  /** What becomes of the firing that is due then; answers when the next one is. */
  #fire(due: number, drifts: boolean): number {
    const luck = this.#random();
    if (luck < 0.1) return this.#silent(due);
    if (luck < 0.16) return this.#down(due, drifts);
    if (this.#close && luck > 0.96) return this.#closeToTheNext(due);
    const start = due + (luck < 0.24 ? this.#between(GRACE + 1, INTERVAL - MINUTE) : this.#between(0, 50));
    this.truth.push({ dueAt: due, status: start - due > GRACE ? "late" : "met" });
    return this.#run(due, start, drifts);
  }

  /** The next firing is foretold although this one never happened. */
  #silent(due: number): number {
    this.truth.push({ dueAt: due, status: "missed" });
    return this.#tell(due + 5, due + INTERVAL);
  }

  /** It fires so late that, the grace being over, the run is taken for the next firing's. */
  #closeToTheNext(due: number): number {
    this.truth.push({ dueAt: due, status: "missed" }, { dueAt: due + INTERVAL, status: "met" });
    return this.#run(due, due + INTERVAL - this.#between(0, EARLY_MS), true);
  }

  /** It is down for a while, and afterwards makes up for the last firing of that time. */
  #down(due: number, drifts: boolean): number {
    const from = due - this.#between(SECOND, 4 * MINUTE);
    const to = due + this.#between(SECOND, 45 * MINUTE);
    this.downs.push({ from, to });
    const start = to + SECOND;
    let last = due;
    // One that comes moments before the next is due is the next one's.
    for (; last + INTERVAL - EARLY_MS <= start; last += INTERVAL) this.truth.push({ dueAt: last, status: "missed" });
    this.truth.push({ dueAt: last, status: start - last > GRACE ? "late" : "met" });
    return this.#run(last, start, drifts);
  }

  /** Some runs take so long that firings fall into them, and sometimes a person runs the job in between. */
  #run(due: number, start: number, drifts: boolean): number {
    const took = this.#random() < 0.05 ? this.#between(11 * MINUTE, 25 * MINUTE) : this.#between(SECOND, 20 * SECOND);
    this.#add("schedule", start, took);
    let next = (drifts ? start : due) + INTERVAL;
    for (; next <= start + took; next += INTERVAL) this.truth.push({ dueAt: next, status: "excused" });
    if (this.#random() < 0.15 && next - (start + took) > 20 * SECOND) this.#add("manual", start + took + SECOND, SECOND);
    // While it runs it goes on telling of the firing before.
    return this.#tell(start + took + 5, next);
  }

  #add(trigger: string, startedAt: number, took: number): void {
    this.runs.push({ id: `${trigger} ${this.runs.length}`, trigger, startedAt, finishedAt: startedAt + took });
  }

  #tell(since: number, next: number): number {
    this.#told.push({ since, next });
    return next;
  }

  #between(low: number, high: number): number {
    return Math.floor(low + this.#random() * (high - low));
  }
}

/** What Loom knows and writes down, over restarts. */
class Loom {
  readonly rows = new Map<number, OccurrenceStatus>();
  /** Runs that met a firing. */
  readonly #meeting = new Set<string | null | undefined>();
  readonly #owner: Owner;
  readonly #schedule: Schedule;
  #readAt = BEGIN;
  #readings = 0;

  constructor(owner: Owner, schedule: Schedule) {
    this.#owner = owner;
    this.#schedule = schedule;
  }

  /** Looks at the owner where it can, and judges until nothing more is to be said. Answers when it wants to be woken. */
  judge(now: number, awakeSince: number): number | null {
    if (!this.#owner.isDown(now)) this.#readAt = now;
    for (;;) {
      expect(++this.#readings).toBeLessThan(50_000);
      const verdict = judge(this.#case(now, awakeSince));
      for (const dueAt of verdict.drop) expect(this.#take(dueAt, "open", null)).toBe(true);
      for (const { dueAt } of verdict.open) expect(this.#take(dueAt, undefined, "open")).toBe(true);
      for (const { dueAt, from, to, runId } of verdict.judge) {
        expect(this.#take(dueAt, from, to)).toBe(true);
        this.#meeting.add(runId);
      }
      this.#expectNoneIdle(verdict.strays);
      if (verdict.judge.length === 0) return verdict.wakeAt;
    }
  }

  /** No scheduled run meets nothing while a firing before it still waits for one. */
  #expectNoneIdle(strays: readonly JudgedRun[]): void {
    for (const { id, startedAt } of strays) {
      if (this.#meeting.has(id)) continue;
      expect([...this.rows].filter(([dueAt, status]) => status === "open" && dueAt <= startedAt)).toEqual([]);
    }
  }

  /** Compare-and-set, as the store does it. */
  #take(dueAt: number, from: OccurrenceStatus | undefined, to: OccurrenceStatus | null): boolean {
    if (this.rows.get(dueAt) !== from) return false;
    if (to === null) this.rows.delete(dueAt);
    else this.rows.set(dueAt, to);
    return true;
  }

  #case(now: number, awakeSince: number): Case {
    const seen = this.#readAt;
    const all = [...this.rows].map(([dueAt, status]) => ({ dueAt, graceMs: GRACE, status })).toSorted((a, b) => a.dueAt - b.dueAt);
    const open = all.filter((row): row is Row => row.status === "open");
    const missed = all.filter((row): row is Row => row.status === "missed").slice(-3);
    const past = all.filter(({ dueAt }) => dueAt <= now + EARLY_MS);
    return {
      strand: {
        schedule: this.#schedule, enabled: true, firstSeenAt: BEGIN, scheduledAt: BEGIN, switchedAt: BEGIN, goneAt: null, graceMs: null,
        ownerTellsNext: true, nextRunAt: this.#owner.nextAt(seen), notBefore: null,
      },
      rows: [...missed, ...open],
      lastDueAt: open.some(({ dueAt }) => dueAt > now) ? null : (past.at(-1)?.dueAt ?? null),
      runs: this.#owner.runs.filter((run) => run.startedAt <= seen).map((run) => (run.finishedAt! <= seen ? run : { ...run, trigger: "unknown", finishedAt: null })),
      runsSince: -Infinity,
      states: [],
      keepsHistory: true,
      readAt: seen,
      awakeSince,
      sleeps: [],
      leaps: [],
      missedInARow: 0,
      now,
    };
  }
}

/** Lets Loom watch, with breaks in which it is not there, and gives what it made of each firing in the end. */
function watched(random: () => number, owner: Owner, schedule: Schedule): Map<number, OccurrenceStatus> {
  const loom = new Loom(owner, schedule);
  const moments = owner.runs.flatMap((run) => [run.startedAt + 10, run.finishedAt! + 10]).concat(owner.downs.map(({ to }) => to + 10));
  for (let now = BEGIN; now < END + 120 * MINUTE; ) {
    const awakeSince = now;
    const until = now + (5 + random() * 240) * MINUTE;
    while (now < until) {
      const wakeAt = loom.judge(now, awakeSince) ?? Infinity;
      now = Math.min(Math.max(wakeAt, now + 1), ...moments.filter((moment) => moment > now), now + (1 + random() * 30) * MINUTE);
    }
    now = until + random() * 180 * MINUTE;
  }
  loom.judge(END + 600 * MINUTE, BEGIN);
  return loom.rows;
}

describe.each([
  ["a schedule that keeps to the clock", steady, false, false, 1],
  ["a schedule that counts on from its last run", drifting, true, false, SECOND],
  ["one whose runs come close to the next firing", drifting, true, true, SECOND],
])("%s", (_what, schedule, drifts, close, exactMs) => {
  it.each(Array.from({ length: 30 }, (_, i) => i + 1))("is judged as it was, however often Loom was away (seed %i)", (seed) => {
    const random = seededRandom(seed);
    const owner = new Owner(random, drifts, close);
    const judged = watched(random, owner, schedule);
    // What is due close to the end may be judged after it; what the owner does after it is nobody's business here.
    const truth = owner.truth.filter(({ dueAt }) => dueAt < END - INTERVAL);
    const said = [...judged].toSorted(([a], [b]) => a - b).slice(0, truth.length);
    expect(said.map(([, status]) => status)).toEqual(truth.map(({ status }) => status));
    for (const [i, [dueAt]] of said.entries()) expect(Math.abs(dueAt - truth[i]!.dueAt)).toBeLessThan(exactMs);
  });
});
