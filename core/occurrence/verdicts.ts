import { KeyedQueue } from "../keyedQueue.ts";

/**
 * Verdicts, each in a turn of the event loop of its own: those on rare schedules take milliseconds, and the evidence for those
 * of many sources may come at once.
 */
export class Verdicts {
  readonly #queue = new KeyedQueue();

  /** @returns what `decide` comes to, in the order in which they were asked for */
  next<T>(decide: () => T): Promise<T> {
    return this.#queue.add("", async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return decide();
    });
  }
}
