import type { Json } from "../mirror/contract.ts";
import type { NotFound, Ok, Page } from "./answers.ts";

/** What a credential allows: to look, to act on strands, or everything. Each includes those before it. */
export type Role = "viewer" | "operator" | "admin";

/** A browser that is signed in. */
export interface SessionRecord {
  readonly id: string;
  readonly cookieHash: string;
  readonly keyHash: string;
  readonly name: string;
  readonly role: Role;
  /** The token whose bearer made the link; null: that of the home. */
  readonly tokenId: string | null;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface SessionStore {
  /** `not_found`: the token that made the link is over. */
  add(session: SessionRecord): Promise<Ok | NotFound>;
  findByCookie(cookieHash: string): Promise<SessionRecord | null>;
  remove(id: string): Promise<Ok | NotFound>;
  removeExpired(at: number): Promise<number>;
}

/** A program's credential. Of its secret there is only the hash. */
export interface TokenRecord {
  readonly id: string;
  readonly secretHash: string;
  readonly name: string;
  readonly role: Role;
  /** Addresses that it is for, with all below them; null: everything. */
  readonly scope: readonly string[] | null;
  readonly madeBy: string;
  /** The token whose bearer made it, or made the link to the session that did; null: that of the home. */
  readonly parentId: string | null;
  readonly createdAt: number;
  /** Null: it does not expire. */
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly revokedBy: string | null;
}

/** Ids of what ended: the token that was named comes first. */
export interface Revoked {
  readonly tokens: readonly string[];
  readonly sessions: readonly string[];
}

export interface TokenFilter {
  readonly cursor?: string | null;
  readonly limit: number;
}

export interface TokenStore {
  /** `not_found`: its parent is over. */
  add(token: Omit<TokenRecord, "revokedAt" | "revokedBy">): Promise<Ok | NotFound>;
  get(id: string): Promise<TokenRecord | null>;
  /** All there ever were, in the order of their ids: oldest first. */
  list(filter: TokenFilter): Promise<Page<TokenRecord>>;
  /** Ends the token with all tokens that come from it, and the sessions that were opened through them. Revoking again is `not_found`. */
  revoke(id: string, by: string, at: number): Promise<Ok<Revoked> | NotFound>;
}

/** A change that somebody asked for. */
export interface AuditRecord {
  readonly id: string;
  readonly at: number;
  /** Name of the credential. */
  readonly who: string;
  /** The token that was shown, or by which its session was opened: others may have its name. Null: that of the home, or none. */
  readonly tokenId: string | null;
  readonly role: Role | null;
  readonly via: string;
  /** Address of the peer. */
  readonly peer: string;
  /** Method and address as the table of routes has them: `POST /api/loom/strands/:id/run`. */
  readonly action: string;
  /** What it was asked of, such as a strand. */
  readonly target: string | null;
  readonly detail: Json;
  /** `done`, or the code of the refusal; null: the gateway ended before it knew. */
  readonly result: string | null;
}

export interface AuditFilter {
  readonly who?: string;
  readonly target?: string;
  readonly cursor?: string | null;
  readonly limit: number;
}

export interface AuditStore {
  /** Before the change is tried. */
  begin(record: Omit<AuditRecord, "result">): Promise<void>;
  /** What has come of it. */
  end(id: string, result: string): Promise<void>;
  /** Newest first. */
  list(filter: AuditFilter): Promise<Page<AuditRecord>>;
  /** Forgets what is older, some at a time. Answers how many there were: 0 when nothing is left to forget. */
  prune(before: number): Promise<number>;
}
