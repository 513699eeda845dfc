import type { Occurrence } from "./schedule.ts";

/** So many schedules are remembered, each with so many firings. */
const MOST_SCHEDULES = 20_000;
const MOST_FIRINGS = 4;

/** From one instant until the next firing, whoever asks in between is given that; null: nothing follows. */
interface Span {
  readonly after: number;
  readonly next: Occurrence | null;
}

/**
 * Firings that were reckoned with: looks and verdicts ask for the same ones again and again, and a rare one takes milliseconds
 * to find. What is remembered is what would be found anew.
 */
export class Reckoned {
  readonly #schedules = new Map<string, Span[]>();

  /** The first firing later than `after`, found by `find` where it is not known. */
  next(schedule: string, after: number, find: () => Occurrence | null): Occurrence | null {
    const spans = this.#schedules.get(schedule) ?? [];
    const known = spans.find((span) => span.after <= after && (span.next === null || after < span.next.at));
    if (known) return known.next;
    const next = find();
    spans.unshift({ after, next });
    if (spans.length > MOST_FIRINGS) spans.pop();
    // Anew, so that the longest unused go first.
    this.#schedules.delete(schedule);
    this.#schedules.set(schedule, spans);
    if (this.#schedules.size > MOST_SCHEDULES) this.#schedules.delete(this.#schedules.keys().next().value!);
    return next;
  }
}
