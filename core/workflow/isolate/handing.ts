import { KeyedQueue } from "../../keyedQueue.ts";
import type { Call, Given } from "./contract.ts";
import { Room } from "./room.ts";

/** Nobody is asked for the length of less. */
const SHORT = 16_384;
/** Characters that are read and not yet in a host, of all versions. */
const ON_THEIR_WAY = 16 * 1_048_576;

/** Who is handed what a call works on. */
export interface Receiver {
  /** It needs it no more. */
  readonly isOver: boolean;
  /** Its code has begun, or never will. */
  readonly begun: Promise<void>;
  /** Resolves when its host has taken it in, or is gone. */
  take(given: Given): Promise<void>;
}

/**
 * Hands calls what they work on. It may be ten megabytes for each of thousands: so only as much is read at a time as the gateway has room
 * for, and of one version only one that is long is in a host whose code has not begun.
 */
export class Handing {
  readonly #room = new Room(ON_THEIR_WAY);
  readonly #long = new KeyedQueue();

  /** @throws what the call throws as it is asked for it */
  async hand({ version: { hash }, given }: Call, to: Receiver): Promise<void> {
    let length = await this.#pass(given, SHORT, to);
    if (length === null) return;
    await this.#long.add(hash, async () => {
      while (length !== null) length = await this.#pass(given, length, to);
      await to.begun;
    });
  }

  /** @returns its length where it has more than `most`, and nothing was handed over */
  async #pass(given: Call["given"], most: number, to: Receiver): Promise<number | null> {
    using _room = await this.#room.enter(most);
    if (to.isOver) return null;
    const answer = await given(most);
    if (typeof answer === "number") return answer;
    if (!to.isOver) await to.take(answer);
    return null;
  }
}
