import { isIPv6 } from "node:net";
import { ipv6Groups } from "../../addressRange.ts";
import type { Clock } from "../../clock/clock.ts";
import { LoomError } from "../../errors/loomError.ts";

const WINDOW_MS = 60_000;
const WRONG_IN_A_WINDOW = 20;
const MAX_PEERS = 1000;

interface Count {
  wrong: number;
  readonly since: number;
}

/**
 * Counts wrong credentials per peer, this machine's own included: any page in a browser can reach loopback. The IPv6 addresses of one
 * network (/64) are one peer, since whoever has one of them has them all. Only wrong credentials are ever refused, so that nobody can lock
 * out the person who has the right one.
 */
export class Guesses {
  readonly #clock: Clock;
  readonly #counts = new Map<string, Count>();
  /** For all that no longer fit into the table. */
  #others: Count = { wrong: 0, since: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes a wrong credential, and answers what to throw: `error`, or RATE_LIMITED when there were too many. */
  wrong(peer: string, error: LoomError): LoomError {
    const count = this.#countOf(networkOf(peer));
    count.wrong++;
    if (count.wrong <= WRONG_IN_A_WINDOW) return error;
    const retryAfterMs = Math.max(1, count.since + WINDOW_MS - this.#clock.mono());
    return new LoomError("RATE_LIMITED", "Too many wrong credentials came from this address.", { retryAfterMs });
  }

  get peers(): number {
    return this.#counts.size;
  }

  #countOf(peer: string): Count {
    const now = this.#clock.mono();
    const known = this.#counts.get(peer);
    if (known && now - known.since < WINDOW_MS) return known;
    const fresh: Count = { wrong: 0, since: now };
    if (!known && this.#counts.size >= MAX_PEERS) this.#forgetOld(now);
    if (known || this.#counts.size < MAX_PEERS) {
      this.#counts.set(peer, fresh);
      return fresh;
    }
    if (now - this.#others.since >= WINDOW_MS) this.#others = fresh;
    return this.#others;
  }

  /** A flood of new peers never drives out one that is being counted. */
  #forgetOld(now: number): void {
    for (const [peer, count] of this.#counts) if (now - count.since >= WINDOW_MS) this.#counts.delete(peer);
  }
}

/** The first four groups of an IPv6 address, where it does not stand for one of IPv4; any other as it is. */
function networkOf(peer: string): string {
  if (!isIPv6(peer) || peer.includes("%")) return peer;
  const groups = ipv6Groups(peer);
  const isOfIPv4 = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  return (isOfIPv4 ? groups : groups.slice(0, 4)).join(":");
}
