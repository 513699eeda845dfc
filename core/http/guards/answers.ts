import type { ServerResponse } from "node:http";
import type { Clock } from "../../clock/clock.ts";
import { LoomError } from "../../errors/loomError.ts";
import { KeyedQueue } from "../../keyedQueue.ts";
import { KeyedTurns } from "../../keyedTurns.ts";
import type { Caller } from "../services.ts";

const RETRY_MS = 1_000;

/** So many answers are made for one caller at a time, and so many by each plugin that they ask: more than a browser asks for. What is longest has some MiB. */
const AT_A_TIME = 16;

/** What may be long takes memory, and turns of the event loop, many times its length: after one that took so long, the next has to wait as long. */
const LONG_MS = 50;
const LONGEST_REST_MS = 1_000;

/** Bounds what is made for callers and not taken by them: it lies in memory until then. */
export class Answers {
  readonly #most: number;
  readonly #untaken = new Map<string, number>();
  readonly #making = new KeyedTurns(AT_A_TIME);
  readonly #clock: Clock;
  /** For those that may be long: each caller's next one waits here, so that nobody else's waits for more than one of theirs. */
  readonly #longOfCaller = new KeyedQueue();
  readonly #long = new KeyedQueue();

  /** @param most bytes, of all answers on their way to one caller */
  constructor(most: number, clock: Clock) {
    [this.#most, this.#clock] = [most, clock];
  }

  /**
   * Makes an answer once there is room for it: until then there is nothing of it.
   * @param plugin who makes it; empty: Loom itself. A slow one holds up no answers but its own
   * @param recheck who asks is looked up anew where there was no room at once: they may have been shut out meanwhile
   * @throws LoomError RATE_LIMITED when its asker has gone by then, which nobody hears
   */
  make<T>(caller: Caller, plugin: string, response: ServerResponse, recheck: () => Promise<unknown>, make: () => Promise<T>): Promise<T> {
    const line = `${keyOf(caller)} ${plugin}`;
    const waits = this.#making.isFull(line);
    return this.#making.add(line, async () => {
      if (response.destroyed) throw nobodyWaits();
      if (waits) await recheck();
      return make();
    });
  }

  /** Makes one that may be long, when it is its turn: one at a time, whoever asks. As `make` otherwise. */
  makeLong<T>(caller: Caller, response: ServerResponse, recheck: () => Promise<unknown>, make: () => Promise<T>): Promise<T> {
    const waited = this.#longOfCaller.isFull(keyOf(caller));
    return this.#longOfCaller.add(keyOf(caller), () => {
      const waits = waited || this.#long.isFull("");
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      void this.#long.add("", async () => {
        if (response.destroyed) return reject(nobodyWaits());
        const since = this.#clock.mono();
        await (waits ? recheck().then(make) : make()).then(resolve, reject);
        const tookMs = this.#clock.mono() - since;
        // It is on its way meanwhile.
        if (tookMs > LONG_MS) await this.#clock.sleep(Math.min(tookMs, LONGEST_REST_MS));
      });
      return promise;
    });
  }

  /**
   * To be asked before a change whose answer may be long: once it is made, its answer is not refused any more.
   * @throws LoomError RATE_LIMITED where as much is untaken as may be
   */
  refuseMore(asker: Caller): void {
    if ((this.#untaken.get(keyOf(asker)) ?? 0) >= this.#most) throw tooMuch();
  }

  /**
   * Counts an answer until it is taken or its connection has ended. One alone may be as long as it is.
   * @param size in bytes
   * @param isChange it tells of a change that has been made, so it is counted however much is untaken
   * @throws LoomError RATE_LIMITED
   */
  count(asker: Caller, response: ServerResponse, size: number, isChange = false): void {
    // Who has gone takes nothing, and nothing is kept for them.
    if (response.destroyed) return;
    const caller = keyOf(asker);
    const untaken = this.#untaken.get(caller) ?? 0;
    if (!isChange && untaken > 0 && untaken + size > this.#most) throw tooMuch();
    this.#untaken.set(caller, untaken + size);
    response.once("close", () => {
      const left = this.#untaken.get(caller)! - size;
      if (left > 0) this.#untaken.set(caller, left);
      else this.#untaken.delete(caller);
    });
  }
}

function nobodyWaits(): LoomError {
  return new LoomError("RATE_LIMITED", "Nobody waits for this answer any more.");
}

function tooMuch(): LoomError {
  return new LoomError("RATE_LIMITED", "Take the answers that are on their way first.", { retryAfterMs: RETRY_MS });
}

/** What tells a caller from others: their token, else their session; empty for the token of the home. */
export function keyOf({ tokenId, sessionId }: Caller): string {
  return tokenId ?? sessionId ?? "";
}
