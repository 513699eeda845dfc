import type { ServerResponse } from "node:http";
import { LoomError } from "../../errors/loomError.ts";
import type { Caller } from "../services.ts";

const RETRY_MS = 1_000;

/** Bounds what is made for callers and not taken by them: it lies in memory until then. */
export class Answers {
  readonly #most: number;
  readonly #untaken = new Map<string, number>();

  /** @param most bytes, of all answers on their way to one caller */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Counts an answer until it is taken or its connection has ended. One alone may be as long as it is.
   * @param size in bytes
   * @throws LoomError RATE_LIMITED
   */
  count({ tokenId, sessionId }: Caller, response: ServerResponse, size: number): void {
    const caller = tokenId ?? sessionId ?? "";
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
