import type { Clock } from "../clock/clock.ts";
import { LoomError } from "../errors/loomError.ts";
import { newId } from "../ids/uuid.ts";
import type { Page, Role, TokenRecord, TokenStore } from "../store/contract.ts";
import { atLeast } from "./guards/roles.ts";
import { isWithin, scopeAddress } from "./guards/scope.ts";
import { hashOf, newSecret, sameSecret } from "./secrets.ts";
import type { Caller } from "./services.ts";
import type { Sessions } from "./session.ts";

/** The beginning lets people, and programs that look for leaked secrets, see what it is. */
const FORM = /^loom_([0-9a-f-]{36})_([\w-]{43})$/;

export interface NewToken {
  readonly name: string;
  readonly role: Role;
  /** Null: everything. */
  readonly scope: readonly string[] | null;
  /** Milliseconds since 1970; null: it does not expire. */
  readonly expiresAt: number | null;
}

/** Credentials of programs: shown once, kept as a hash, and asked for at each request, so that a revoked one ends at once. */
export class Tokens {
  readonly #store: TokenStore;
  readonly #sessions: Sessions;
  readonly #clock: Clock;
  readonly #ended = new Set<(tokenId: string) => void>();

  constructor(store: TokenStore, sessions: Sessions, clock: Clock) {
    this.#store = store;
    this.#sessions = sessions;
    this.#clock = clock;
  }

  /**
   * Makes a token that may do no more, and lasts no longer, than the one who asks for it.
   * @returns the record, and the secret: the only time that it is seen
   * @throws LoomError FORBIDDEN, BAD_INPUT
   */
  async make(wanted: NewToken, by: Caller): Promise<{ readonly token: TokenRecord; readonly secret: string }> {
    const scope = wanted.scope?.map(scopeAddress) ?? null;
    if (!atLeast(by.role, wanted.role) || !isWithin(scope, by.scope)) throw new LoomError("FORBIDDEN", "A token can do no more than the credential that makes it.");
    const now = this.#clock.now();
    if (wanted.expiresAt !== null && wanted.expiresAt <= now) {
      throw new LoomError("BAD_INPUT", "The token would be over before it began.", { problems: [{ path: "expiresAt", message: "not in the future" }] });
    }
    const id = newId(this.#clock);
    const secret = `loom_${id}_${newSecret()}`;
    const expiresAt = earlier(wanted.expiresAt, by.expiresAt);
    const token = { id, secretHash: hashOf(secret), name: wanted.name, role: wanted.role, scope, madeBy: by.name, parentId: by.tokenId, createdAt: now, expiresAt };
    const added = await this.#store.add(token);
    if (added.outcome !== "ok") throw new LoomError("UNAUTHENTICATED", "The credential is not, or no longer, right.");
    return { token: { ...token, revokedAt: null, revokedBy: null }, secret };
  }

  /** Whose token this is, while it holds; undefined: it has not the form of one. */
  async find(secret: string): Promise<TokenRecord | null | undefined> {
    const id = FORM.exec(secret)?.[1];
    if (id === undefined) return undefined;
    const token = await this.#store.get(id);
    const holds = token !== null && token.revokedAt === null && (token.expiresAt === null || token.expiresAt > this.#clock.now());
    return sameSecret(hashOf(secret), token?.secretHash ?? hashOf("")) && holds ? token : null;
  }

  list(filter: Parameters<TokenStore["list"]>[0]): Promise<Page<TokenRecord>> {
    return this.#store.list(filter);
  }

  /** Ends a token and those that come from it, the sessions that were opened through them, and every feed of theirs. @throws LoomError NOT_FOUND */
  async revoke(id: string, by: string): Promise<void> {
    const revoked = await this.#store.revoke(id, by, this.#clock.now());
    if (revoked.outcome !== "ok") throw new LoomError("NOT_FOUND", `There is no token ${id} that could be revoked.`, { help: "`loom tokens` lists those there are." });
    for (const token of revoked.tokens) for (const tell of this.#ended) tell(token);
    for (const session of revoked.sessions) this.#sessions.ended(session);
  }

  /** Calls `tell` when a token is revoked. */
  onEnd(tell: (tokenId: string) => void): void {
    this.#ended.add(tell);
  }
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b);
}
