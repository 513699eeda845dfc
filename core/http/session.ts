import type { Clock } from "../clock/clock.ts";
import { LoomError } from "../errors/loomError.ts";
import { newId } from "../ids/uuid.ts";
import type { Role, SessionRecord, SessionStore } from "../store/contract.ts";
import type { Proved } from "./route.ts";
import { hashOf, newSecret, sameSecret } from "./secrets.ts";

const CODE_MS = 10 * 60_000;
const SESSION_MS = 30 * 86_400_000;
/** Codes that nobody has used yet; the oldest goes first. */
const MAX_CODES = 100;

/** A code that opens one session. */
export interface SignInCode {
  readonly code: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Who a link lets in. */
export interface Guest {
  readonly role: Role;
  /** The token whose bearer made the link; null: that of the home. */
  readonly tokenId: string | null;
  /** No session of it lasts longer; null: no such end. Milliseconds since 1970. */
  readonly until: number | null;
}

/** The person at the machine. */
export const OWNER: Guest = { role: "admin", tokenId: null, until: null };

/** Both halves of a session: the only time that they are seen. */
export interface NewSession {
  readonly cookie: string;
  readonly key: string;
  readonly name: string;
  readonly expiresAt: number;
}

/**
 * Signs browsers in and out. A code is kept in memory, as a hash, for ten minutes, and works once. A session has two
 * halves, a cookie and a key that the page keeps: cookies ignore ports, so a cookie alone proves nothing. The store
 * holds the hashes of both for thirty days.
 */
export class Sessions {
  readonly #store: SessionStore;
  readonly #clock: Clock;
  readonly #ofHome: () => string | Promise<string>;
  readonly #until: string;
  readonly #codes = new Map<string, Guest & { readonly usableUntil: number; readonly issuer: Promise<string> }>();
  readonly #ended = new Set<(sessionId: string) => void>();

  /**
   * @param ofHome the token of the home as it is now: with it end the links and sessions that it has opened
   * @param until stands for how long sessions last at most: those that were opened under another one have ended
   */
  constructor(store: SessionStore, clock: Clock, ofHome: () => string | Promise<string>, until = "") {
    this.#store = store;
    this.#clock = clock;
    this.#ofHome = ofHome;
    this.#until = until;
  }

  newCode(guest: Guest): SignInCode {
    const code = newSecret();
    const now = this.#clock.mono();
    for (const [hash, { usableUntil }] of this.#codes) if (usableUntil <= now || this.#codes.size >= MAX_CODES) this.#codes.delete(hash);
    this.#codes.set(hashOf(code), { ...guest, usableUntil: now + CODE_MS, issuer: this.#issuer(guest.tokenId).catch(() => "") });
    return { code, expiresAt: this.#clock.now() + CODE_MS };
  }

  /**
   * @param proved makes the session, once the code has shown that there may be one
   * @throws LoomError SIGN_IN_EXPIRED when the code was used, is too old or never was one
   */
  async signIn(code: string, proved: Proved): Promise<NewSession> {
    const hash = hashOf(code);
    const guest = this.#codes.get(hash);
    this.#codes.delete(hash);
    if (guest === undefined || guest.usableUntil <= this.#clock.mono()) throw new LoomError("SIGN_IN_EXPIRED", "This sign-in link was used already, or is too old.");
    const issuer = await this.#issuer(guest.tokenId);
    const now = this.#clock.now();
    if (issuer !== (await guest.issuer) || (guest.until !== null && guest.until <= now)) throw new LoomError("SIGN_IN_EXPIRED", "The token that this sign-in link was made with is over.");
    const session = { cookie: newSecret(), key: newSecret(), name: "page", expiresAt: Math.min(now + SESSION_MS, guest.until ?? Infinity) };
    const record = {
      id: newId(this.#clock),
      cookieHash: hashOf(session.cookie),
      keyHash: hashOf(session.key + issuer + this.#until),
      name: session.name,
      role: guest.role,
      tokenId: guest.tokenId,
      createdAt: now,
      expiresAt: session.expiresAt,
    };
    return proved(session.name, async () => {
      await this.#store.removeExpired(now);
      const added = await this.#store.add(record);
      if (added.outcome !== "ok") throw new LoomError("SIGN_IN_EXPIRED", "The token that this sign-in link was made with is over.");
      return session;
    });
  }

  /** The session that both halves belong to, while it lasts. */
  async find(cookie: string, key: string): Promise<SessionRecord | null> {
    const session = await this.#store.findByCookie(hashOf(cookie));
    if (!session) return null;
    const whole = key + (await this.#issuer(session.tokenId)) + this.#until;
    return session.expiresAt > this.#clock.now() && sameSecret(hashOf(whole), session.keyHash) ? session : null;
  }

  /**
   * What stands for the token that lets somebody in. Tokens that are stored end there, with their sessions; that of the home is
   * only a file, so it is a part of what is kept of the key.
   */
  async #issuer(tokenId: string | null): Promise<string> {
    return tokenId === null ? hashOf(await this.#ofHome()) : "";
  }

  async signOut(sessionId: string): Promise<void> {
    await this.#store.remove(sessionId);
    this.ended(sessionId);
  }

  /** Tells of a session that is no longer stored. */
  ended(sessionId: string): void {
    for (const tell of this.#ended) tell(sessionId);
  }

  /** Calls `tell` when a session ends before its time. */
  onEnd(tell: (sessionId: string) => void): void {
    this.#ended.add(tell);
  }
}
