import type { IncomingMessage } from "node:http";
import { LoomError } from "../../errors/loomError.ts";
import { sameSecret } from "../secrets.ts";
import type { Caller, HttpServices } from "../services.ts";
import type { Sessions } from "../session.ts";
import type { Tokens } from "../tokens.ts";
import type { Guesses } from "./guesses.ts";
import type { Way } from "./host.ts";

/** A cookie per port: browsers share cookies between ports, and two gateways must not sign each other out. */
export function cookieName(port: number): string {
  return `loom_session_${port}`;
}

/** What a request shows of itself, before any of it is believed. */
export interface Credentials {
  readonly token: string | null;
  readonly cookies: readonly string[];
  readonly key: string | null;
}

/** Other pages of this host may have set cookies of the same name: this many are looked at. */
const MAX_COOKIES = 4;

/** Tells who shows a credential, and counts the wrong ones. */
export class Authenticator {
  readonly #services: Pick<HttpServices, "adminToken">;
  readonly #sessions: Sessions;
  readonly #tokens: Tokens;
  readonly #guesses: Guesses;

  constructor(services: Pick<HttpServices, "adminToken">, sessions: Sessions, tokens: Tokens, guesses: Guesses) {
    this.#services = services;
    this.#sessions = sessions;
    this.#tokens = tokens;
    this.#guesses = guesses;
  }

  /**
   * Who asks. The token is looked up at each call, so that an old one ends with it.
   * @throws LoomError UNAUTHENTICATED, or RATE_LIMITED after too many wrong credentials from the same peer
   */
  async caller(credentials: Credentials, peer: string): Promise<Caller> {
    const caller = await this.#find(credentials);
    if (caller) return caller;
    const shown = credentials.token !== null || credentials.key !== null;
    // A half of a session is what a signed-out page still holds, a cookie alone what any request carries: no guess.
    const error = new LoomError("UNAUTHENTICATED", shown ? "The credential is not, or no longer, right." : "This needs a credential.");
    throw shown ? this.#guesses.wrong(peer, error) : error;
  }

  /**
   * Whether credentials that were right still are. Where the home's token is gone and another cannot be made, as on a full disk, nobody knows
   * of whose that are by its leave: who has another comes again.
   */
  async holds(credentials: Credentials): Promise<boolean> {
    const homes = await Promise.resolve(this.#services.adminToken()).catch(() => null);
    return homes !== null && (await this.#find(credentials)) !== null;
  }

  async #find({ token, cookies, key }: Credentials): Promise<Caller | null> {
    if (token !== null) return key === null ? this.#bearer(token) : null;
    if (key === null) return null;
    for (const cookie of cookies.slice(0, MAX_COOKIES)) {
      const session = await this.#sessions.find(cookie, key);
      if (session) return { name: session.name, via: "session", role: session.role, scope: null, sessionId: session.id, tokenId: session.tokenId, expiresAt: session.expiresAt };
    }
    return null;
  }

  async #bearer(secret: string): Promise<Caller | null> {
    const token = await this.#tokens.find(secret);
    if (token) return { name: token.name, via: "token", role: token.role, scope: token.scope, sessionId: null, tokenId: token.id, expiresAt: token.expiresAt };
    if (token === null || !sameSecret(secret, await this.#services.adminToken())) return null;
    return { name: "token", via: "token", role: "admin", scope: null, sessionId: null, tokenId: null, expiresAt: null };
  }
}

/**
 * The credentials of a request. One that shows two, or a form that is not known, shows a wrong one: a
 * credential that is there is never the same as one that is right. Cookies count where the page lives.
 */
export function credentialsOf(request: IncomingMessage, port: number, { hasPage }: Pick<Way, "hasPage">): Credentials {
  const authorization = request.headersDistinct["authorization"];
  const keys = request.headersDistinct["x-loom-key"];
  return {
    token: authorization ? (authorization.length === 1 ? (/^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization[0]!)?.[1] ?? "") : "") : null,
    cookies: hasPage ? cookiesOf(request, cookieName(port)) : [],
    key: keys ? (keys.length === 1 ? keys[0]! : "") : null,
  };
}

/** The same with what is shown beside them: two of a kind are a wrong one here as well. */
export function showingAlso(shown: Credentials, { token, key }: { readonly token?: string | undefined; readonly key?: string | undefined }): Credentials {
  const only = (one: string | null, other: string | undefined): string | null => (other === undefined ? one : one === null ? other : "");
  return { ...shown, token: only(shown.token, token), key: only(shown.key, key) };
}

function cookiesOf(request: IncomingMessage, name: string): string[] {
  return (request.headers.cookie ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
}
