import type { ServerResponse } from "node:http";
import { LoomError } from "../../errors/loomError.ts";
import { KeyedTurns } from "../../keyedTurns.ts";
import type { Caller } from "../services.ts";

const RETRY_MS = 1_000;

/** So many answers are made for one caller at a time: more than a browser asks for. What is longest has some MiB. */
const AT_A_TIME = 16;

/** Bounds what is made for callers and not taken by them: it lies in memory until then. */
export class Answers {
  readonly #most: number;
  readonly #untaken = new Map<string, number>();
  readonly #making = new KeyedTurns(AT_A_TIME);

  /** @param most bytes, of all answers on their way to one caller */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Makes an answer once there is room for it: until then there is nothing of it.
   * @param recheck who asks is looked up anew where there was no room at once: they may have been shut out meanwhile
   * @throws LoomError RATE_LIMITED when its asker has gone by then, which nobody hears
   */
  make<T>(caller: Caller, response: ServerResponse, recheck: () => Promise<unknown>, make: () => Promise<T>): Promise<T> {
    const waits = this.#making.isFull(keyOf(caller));
    return this.#making.add(keyOf(caller), async () => {
      if (response.destroyed) throw new LoomError("RATE_LIMITED", "Nobody waits for this answer any more.");
      if (waits) await recheck();
      return make();
    });
  }

  /**
   * Counts an answer until it is taken or its connection has ended. One alone may be as long as it is.
   * @param size in bytes
   * @throws LoomError RATE_LIMITED
   */
  count(asker: Caller, response: ServerResponse, size: number): void {
    // Who has gone takes nothing, and nothing is kept for them.
    if (response.destroyed) return;
    const caller = keyOf(asker);
    const untaken = this.#untaken.get(caller) ?? 0;
    if (untaken > 0 && untaken + size > this.#most) throw new LoomError("RATE_LIMITED", "Take the answers that are on their way first.", { retryAfterMs: RETRY_MS });
    this.#untaken.set(caller, untaken + size);
    response.once("close", () => {
      const left = this.#untaken.get(caller)! - size;
      if (left > 0) this.#untaken.set(caller, left);
      else this.#untaken.delete(caller);
    });
  }
}

/** What tells a caller from others: their token, else their session; empty for the token of the home. */
export function keyOf({ tokenId, sessionId }: Caller): string {
  return tokenId ?? sessionId ?? "";
}
