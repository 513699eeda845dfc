import { nextOccurrence } from "../schedule/occurrences.ts";
import { EARLY_MS, plannedSince, toldNext, type Case, type Dues, type JudgedRun } from "./case.ts";
import { graceMs } from "./grace.ts";

/** Within this much, what the owner foretells is the firing that is known already. */
const SAME_MS = 1_000;

/**
 * Of a schedule that counts on from its last run. What is due next depends on when the run before started, so the past is
 * followed from firing to firing, beginning with the first that is not judged yet; where one was missed, the next is due an
 * interval later.
 * @param most how many new firings are wanted at most; the newest are given
 */
export function driftingDues(given: Case, everyMs: number, most: number): Dues {
  const { now, lastDueAt } = given;
  const since = plannedSince(given);
  const open = given.rows.filter((row) => row.status === "open" && row.dueAt > since).map((row) => row.dueAt);
  const known = lastDueAt !== null && lastDueAt > since ? [...open, lastDueAt].toSorted((a, b) => a - b) : open;
  const knownAfter = (due: number): number | undefined => known.find((one) => one > due);
  const chain = new Chain(given, everyMs);
  const first = known[0] ?? chain.first();
  if (first === null) return { fresh: [], next: null };

  const from = skipAhead(first);
  const isOpen = known.length === 0 || open.includes(from);
  const closings = new Map<number, number>();
  let due = isOpen ? chain.stillDue(from) : chain.after(from, knownAfter(from)).next;
  while (due <= now || due === lastDueAt) {
    // What is known stands until a run puts it off, and with it all that comes after it.
    const { next, closesAt } = chain.after(due, known.includes(due) ? knownAfter(due) : undefined);
    closings.set(due, closesAt);
    due = next;
  }
  return {
    fresh: [...closings.keys()].slice(-most).filter((one) => !known.includes(one)),
    next: due,
    moved: open.filter((one) => one >= from && !closings.has(one)),
    closings,
  };

  /** Where a long time has passed, only its end is followed. */
  function skipAhead(begin: number): number {
    if (now - begin <= 4 * most * everyMs) return begin;
    const horizon = now - 2 * most * everyMs;
    const last = Math.max(begin, known.findLast((one) => one <= horizon) ?? begin, chain.lastStart(horizon));
    return last + Math.floor((horizon - last) / everyMs) * everyMs;
  }
}

/** What follows from one firing to the next. */
class Chain {
  readonly #given: Case;
  readonly #everyMs: number;
  readonly #earlyMs: number;
  /** Starts from which the owner counts on, soonest first. */
  readonly #starts: readonly number[];

  constructor(given: Case, everyMs: number) {
    this.#given = given;
    this.#everyMs = everyMs;
    this.#earlyMs = Math.min(EARLY_MS, everyMs / 2);
    // An owner that tells its next firing leaves it where it is when a person runs the job in between.
    const counts = (run: JudgedRun): boolean => toldNext(given) === null || run.trigger !== "manual";
    this.#starts = given.runs.filter(counts).map((run) => run.startedAt).toSorted((a, b) => a - b);
  }

  /** The last start no later than that. */
  lastStart(until = Infinity): number {
    return this.#starts.findLast((at) => at <= until) ?? -Infinity;
  }

  /** The first firing of a strand that none is known of. */
  first(): number | null {
    const since = plannedSince(this.#given);
    const told = toldNext(this.#given);
    if (told !== null && told > since) return told;
    const counted = this.lastStart() + this.#everyMs;
    return counted > since ? counted : nextOccurrence(this.#given.strand.schedule, since);
  }

  /** When the firing is due that was planned for then: runs since may have put it off. */
  stillDue(planned: number): number {
    const due = this.#putOff(planned, planned - this.#everyMs);
    return due === planned ? this.#standing(planned) : this.#told(due);
  }

  /**
   * What is due after this firing, always later than it: an interval after the run that is its own or, if there is none, what
   * is known or else an interval later; and until when a start is its own.
   * @param known the next one that was opened
   */
  after(due: number, known?: number): { readonly next: number; readonly closesAt: number } {
    // Where the next one that is known is later than an interval, those in between may have been judged already.
    const closesAt = this.#ownUntil(due, Math.min(known ?? Infinity, due + this.#everyMs));
    const start = this.#starts.find((at) => at >= due - this.#earlyMs && at < closesAt);
    if (start === undefined) return { next: known === undefined ? this.#told(due + this.#everyMs, due) : this.#standing(known, due), closesAt };
    const next = this.#putOff(start + this.#everyMs, start);
    // One that is known and moments later was opened before this run was.
    const stands = known !== undefined && (known === next || known > next + this.#earlyMs);
    return { next: stands ? this.#standing(known) : this.#told(next), closesAt: next - this.#earlyMs };
  }

  /**
   * Until when a start is this firing's. Moments before the next one is due it is that one's, unless this firing is still
   * within its grace: then it is made up for, and puts the next one off.
   */
  #ownUntil(due: number, next: number): number {
    const { strand } = this.#given;
    const grace = strand.graceMs ?? graceMs(strand.schedule, due);
    return Math.max(next - this.#earlyMs, Math.min(next, due + grace + 1));
  }

  /**
   * Starts in between, at a time when nothing was due by this count: the owner counts on from there. One that follows another
   * within moments changes nothing.
   */
  #putOff(next: number, after: number): number {
    for (const at of this.#starts) {
      if (at > after + this.#earlyMs && at < next - this.#earlyMs) {
        after = at;
        next = at + this.#everyMs;
      }
    }
    return next;
  }

  /** A firing that is known, which its owner may move until it is due. */
  #standing(known: number, after?: number): number {
    return known <= this.#given.now ? known : this.#told(known, after);
  }

  /**
   * A firing that is counted to be due then, or where its owner puts it.
   * @param after the firing before, where no run was its own
   */
  #told(counted: number, after = -Infinity): number {
    const { now, strand } = this.#given;
    const lastStart = this.lastStart();
    // Its run has come already, and what is told is what follows that.
    if (lastStart >= counted - this.#earlyMs) return counted;
    const told = toldNext(this.#given) ?? -Infinity;
    // During a run the firing is told still that it is for. What came due meanwhile is not passed over.
    const isNext = told > now && told > Math.max(after, lastStart) + this.#earlyMs && (counted > now || told < counted + this.#everyMs / 2);
    const next = isNext && Math.abs(told - counted) > SAME_MS ? told : counted;
    return Math.max(next, strand.notBefore ?? next);
  }
}
