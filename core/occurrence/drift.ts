import { nextOccurrence } from "../schedule/occurrences.ts";
import { EARLY_MS, plannedSince, startsEarly, toldNext, type Case, type Dues, type JudgedRun } from "./case.ts";
import { graceMs } from "./grace.ts";

/** Within this much, what the owner foretells is the firing that is known already. */
const SAME_MS = 1_000;

/**
 * Of a schedule that counts on from its last run. What is due next depends on when the run before started, so the past is
 * followed from run to run; where one was missed, the next is due an interval later.
 */
export function driftingDues(given: Case, everyMs: number, most: number): Dues {
  const { rows, now } = given;
  const open = rows.filter((row) => row.status === "open").map((row) => row.dueAt);
  const chain = new Chain(given, everyMs);
  const turn = chain.firstMoved(open);
  if (turn) return { ...follow(turn.next, given, chain, most), moved: open.filter((due) => due >= turn.due) };
  const awaited = open.at(-1);
  if (awaited !== undefined && awaited > now) return { fresh: [], next: foretold(given, everyMs, awaited) };
  const last = awaited ?? given.lastDueAt;
  if (last !== null && last > plannedSince(given)) return follow(chain.after(chain.skipAhead(last, most)), given, chain, most);
  const first = chain.first();
  return first === null ? { fresh: [], next: null } : follow(first, given, chain, most);
}

/**
 * Until when a start is this firing's. Moments before the next one would be due it is that one's, unless this firing is still
 * within its grace: then it is made up for, and puts the next one off.
 */
export function ownUntil({ strand }: Pick<Case, "strand">, due: number, everyMs: number): number {
  const grace = strand.graceMs ?? graceMs(strand.schedule, due);
  return due + Math.max(everyMs - Math.min(EARLY_MS, everyMs / 2), Math.min(everyMs, grace + 1));
}

/** Everything from this firing on until the first that is not due yet. */
function follow(first: number, { now }: Case, chain: Chain, most: number): Dues {
  const fresh: number[] = [];
  let due = first;
  for (; due <= now; due = chain.after(due)) {
    fresh.push(due);
    if (fresh.length === 1) due = chain.skipAhead(due, most);
  }
  return { fresh: fresh.slice(-most), next: due };
}

/** The firing that is awaited, or what took its place since: a run in between has put it off. */
function foretold(given: Case, everyMs: number, awaited: number): number {
  const { runs, now, strand } = given;
  if (startsEarly(given, awaited, Math.min(EARLY_MS, everyMs / 2))) return awaited;
  const told = toldNext(given);
  const counted = Math.max(...runs.map((run) => run.startedAt), -Infinity) + everyMs;
  const next = told !== null ? (told > now ? told : awaited) : counted > now ? counted : awaited;
  const due = Math.max(next, strand.notBefore ?? next);
  return Math.abs(due - awaited) <= SAME_MS ? awaited : due;
}

class Chain {
  readonly #given: Case;
  readonly #everyMs: number;
  readonly #earlyMs: number;
  readonly #told: number | null;
  /** Starts from which the owner counts on, soonest first. */
  readonly #starts: readonly number[];

  constructor(given: Case, everyMs: number) {
    this.#given = given;
    this.#everyMs = everyMs;
    this.#earlyMs = Math.min(EARLY_MS, everyMs / 2);
    this.#told = toldNext(given);
    // An owner that tells its next firing leaves it where it is when a person runs the job in between.
    const counts = (run: JudgedRun): boolean => this.#told === null || run.trigger !== "manual";
    this.#starts = given.runs.filter(counts).map((run) => run.startedAt).toSorted((a, b) => a - b);
  }

  /** The first firing of a strand that none is known of. */
  first(): number | null {
    const since = plannedSince(this.#given);
    const told = this.#told;
    if (told !== null && told > since) return told;
    const counted = (this.#starts.at(-1) ?? -Infinity) + this.#everyMs;
    return counted > since ? counted : nextOccurrence(this.#given.strand.schedule, since);
  }

  /** The first of these firings that will not be: a run that came late has put it off, to `next`. */
  firstMoved(open: readonly number[]): { readonly due: number; readonly next: number } | null {
    for (const [i, due] of open.entries()) {
      // One that comes moments before it and makes up for the firing before is not early.
      const madeUp = i > 0 ? this.#startOf(open[i - 1]!) : undefined;
      const isMadeUp = (at: number): boolean => at === madeUp && at < due;
      const start = this.#starts.find((at) => at > due - this.#everyMs + SAME_MS && (at < due - this.#earlyMs || isMadeUp(at)));
      if (start !== undefined) return { due, next: this.#hold(this.#putOff(start + this.#everyMs, start)) };
    }
    return null;
  }

  /** What is due after this firing, and always later than it: an interval after the run that met it or, if none did, after it was due. */
  after(due: number): number {
    const { now } = this.#given;
    const start = this.#startOf(due);
    const counted = this.#putOff((start ?? due) + this.#everyMs, start ?? due);
    // What the owner tells after an early run is the firing after that one's.
    const isEarly = start === undefined && this.#starts.some((at) => at >= counted - this.#earlyMs && at < counted);
    const told = isEarly ? null : this.#told;
    const owners = told !== null && told > due + Math.min(SAME_MS, this.#everyMs / 2) && (counted > now || told <= counted + this.#everyMs / 2);
    return this.#hold(owners ? told : counted);
  }

  /** The first start that is this firing's. */
  #startOf(due: number): number | undefined {
    const until = ownUntil(this.#given, due, this.#everyMs);
    return this.#starts.find((at) => at >= due - this.#earlyMs && at < until);
  }

  /** No sooner than the owner holds it back after errors; that holds for what comes after its last run. */
  #hold(next: number): number {
    const { notBefore } = this.#given.strand;
    return notBefore !== null && notBefore > next && next > (this.#starts.at(-1) ?? -Infinity) ? notBefore : next;
  }

  /**
   * A start in between, at a time when nothing was due by this count: the owner counts on from there. One that follows
   * within moments is no firing of its own, and would be taken for the same one ever again.
   */
  #putOff(next: number, after: number): number {
    const early = this.#starts.find((at) => at > after + this.#earlyMs && at < next - this.#earlyMs);
    return early ?? next;
  }

  /** Where a long time has passed, only its end is followed. */
  skipAhead(due: number, most: number): number {
    const { now } = this.#given;
    if (now - due <= 4 * most * this.#everyMs) return due;
    const horizon = now - 2 * most * this.#everyMs;
    const start = this.#starts.findLast((at) => at > due && at <= horizon) ?? due;
    return start + Math.floor((horizon - start) / this.#everyMs) * this.#everyMs;
  }
}
