import type { Clock } from "../clock/clock.ts";
import { within } from "../clock/within.ts";
import type { Log } from "../log/log.ts";
import type { LoomEvent } from "../plugin/contract.ts";

/** More waiting events than this, and a listener loses the oldest. */
const QUEUE_LIMIT = 1_000;
/** A listener that has not finished with an event by then gets the next one. */
const DEADLINE_MS = 30_000;

export type EventListener = (event: LoomEvent) => void | Promise<void>;

/** Committed events for whoever listens on this node. What must not be missed is read from the store instead. */
export interface EventBus {
  /** Hands committed events on. Never waits and never throws. */
  publish(events: readonly LoomEvent[]): void;
  /**
   * Calls `fn` with each event of this type (`*`: every type), one at a time and in order.
   * @param onError hears what `fn` throws, and when it takes longer than 30 s. Default: the log
   */
  on(type: string, fn: EventListener, onError?: (error: unknown) => void): Disposable;
}

/** A bus that nobody listens to yet. */
export function createEventBus({ clock, log }: { readonly clock: Clock; readonly log: Log }): EventBus {
  const listeners = new Set<Listener>();
  return {
    publish(events) {
      for (const event of events) for (const listener of listeners) listener.take(event);
    },
    on(type, fn, onError = (error) => log.error(`A listener for ${type} failed`, { error })) {
      const listener = new Listener(type, fn, onError, clock, log);
      listeners.add(listener);
      return {
        [Symbol.dispose]() {
          listeners.delete(listener);
          listener.close();
        },
      };
    },
  };
}

/** One listener's queue: a slow or hanging one holds up nobody else. */
class Listener {
  readonly #type: string;
  readonly #fn: EventListener;
  readonly #onError: (error: unknown) => void;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #closing = new AbortController();
  #queue: LoomEvent[] = [];
  #busy = false;
  #lost = 0;

  constructor(type: string, fn: EventListener, onError: (error: unknown) => void, clock: Clock, log: Log) {
    this.#type = type;
    this.#fn = fn;
    this.#onError = onError;
    this.#clock = clock;
    this.#log = log;
  }

  take(event: LoomEvent): void {
    if (this.#type !== "*" && this.#type !== event.type) return;
    this.#queue.push(event);
    if (this.#queue.length > QUEUE_LIMIT) {
      this.#queue.shift();
      this.#lost += 1;
      if (this.#lost === 1) this.#log.warn("A listener is too slow and loses events", { type: this.#type });
    }
    if (!this.#busy) void this.#work();
  }

  close(): void {
    this.#queue = [];
    this.#closing.abort();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    // Not within publish: the publisher is in the middle of telling everybody.
    await Promise.resolve();
    for (let event = this.#queue.shift(); event; event = this.#queue.shift()) await this.#hand(event);
    this.#busy = false;
  }

  async #hand(event: LoomEvent): Promise<void> {
    const late = (): Error => new Error(`The listener for ${event.type} did not finish within ${DEADLINE_MS / 1000} s`);
    try {
      await within(this.#clock, DEADLINE_MS, late, () => this.#fn(event), this.#closing.signal);
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#onError(error);
    }
  }
}
