import { nextOccurrence } from "../schedule/occurrences.ts";
import { EARLY_MS, plannedSince, toldNext, type Case, type Dues, type JudgedRun } from "./case.ts";

/** Within this much, what the owner foretells is the firing that is known already. */
const SAME_MS = 1_000;

/**
 * Of a schedule that counts on from its last run. What is due next depends on when the run before started, so the past is
 * followed from run to run; where one was missed, the next is due an interval later.
 */
export function driftingDues(given: Case, everyMs: number, most: number): Dues {
  const { rows, now } = given;
  const open = rows.filter((row) => row.status === "open").map((row) => row.dueAt);
  const awaited = Math.max(...open, -Infinity);
  if (awaited > now) return { fresh: [], next: foretold(given, everyMs, awaited) };
  const chain = new Chain(given, everyMs);
  const fresh: number[] = [];
  let due = open.length > 0 ? awaited : given.lastDueAt;
  if (due === null || due <= plannedSince(given)) {
    due = chain.first();
    if (due === null || due > now) return { fresh, next: due };
    fresh.push(due);
  }
  due = chain.skipAhead(due, most);
  for (;;) {
    due = chain.after(due);
    if (due > now) return { fresh: fresh.slice(-most), next: due };
    fresh.push(due);
  }
}

/** The firing that is awaited, or what took its place since: a run in between has put it off. */
function foretold(given: Case, everyMs: number, awaited: number): number {
  const { runs, now, strand } = given;
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

  /** What is due after this firing: an interval after the run that met it or, if none did, after it was due. */
  after(due: number): number {
    const { now, strand } = this.#given;
    const from = due - this.#earlyMs;
    const start = this.#starts.find((at) => at >= from && at < from + this.#everyMs);
    const counted = this.#putOff((start ?? due) + this.#everyMs, start ?? due);
    const told = this.#told;
    const owners = told !== null && told > due + Math.min(SAME_MS, this.#everyMs / 2) && (counted > now || told <= counted + this.#everyMs / 2);
    const next = owners ? told : counted;
    const held = strand.notBefore !== null && strand.notBefore > next && next > (this.#starts.at(-1) ?? -Infinity);
    return held ? strand.notBefore! : next;
  }

  /** A start in between, at a time when nothing was due by this count: the owner counts on from there. */
  #putOff(next: number, after: number): number {
    const early = this.#starts.find((at) => at > after && at < next - this.#earlyMs);
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
