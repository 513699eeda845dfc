import { brief, briefNames } from "../brief.ts";
import type { Clock } from "../clock/clock.ts";
import type { ErrorCode } from "../errors/catalogue.ts";
import { isLoomError } from "../errors/loomError.ts";
import { newId } from "../ids/uuid.ts";
import type { Log } from "../log/log.ts";
import { isSecretName, REDACTED } from "../log/redact.ts";
import type { JsonObject } from "../mirror/contract.ts";
import type { AuditRecord, AuditStore } from "../store/contract.ts";
import type { Caller } from "./services.ts";

/** What was asked for, beside who asks. */
export interface Wish {
  /** Method and address as the table of routes has them. */
  readonly action: string;
  readonly target: string | null;
  readonly detail: JsonObject | null;
  readonly peer: string;
}

/** Who asks. */
export type Asker = Pick<AuditRecord, "role" | "via" | "tokenId"> & { readonly name: string };

/** Longest text of a field that is kept. */
const LONGEST = 200;
/** Of a body so many fields are kept, and of an object in it so many names. */
const MOST_NAMES = 50;
/** Characters of all values of a body together: a page of the log has a thousand. */
const MOST_KEPT = 16_000;
/** Longest id; a strand's has at most 500. */
const LONGEST_TARGET = 600;
/** So many changes that somebody may not make are kept in an hour, of each who tries: they could fill the disk. */
const REFUSED_KEPT = 60;
const HOUR_MS = 3_600_000;

/** Keeps who asked for which change, from where, and what came of it. */
export class Audit {
  readonly #store: AuditStore;
  readonly #clock: Clock;
  readonly #log: Log;
  /** By the credential of who tries: how many were refused since when. */
  readonly #refused = new Map<string, { count: number; readonly since: number }>();

  constructor(store: AuditStore, clock: Clock, log: Log) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  /** Makes a change that is kept before it is tried: where that cannot be stored, there is no change. */
  async around<T>(asker: Asker, wish: Wish, change: () => Promise<T> | T): Promise<T> {
    const id = await this.#begin(asker, wish);
    try {
      const made = await change();
      await this.#end(id, "done");
      return made;
    } catch (error) {
      await this.#end(id, isLoomError(error) ? error.code : "INTERNAL");
      throw error;
    }
  }

  /** Keeps a change that somebody may not make, unless there have been many of theirs in this hour: then the log tells it, once. */
  async refused(caller: Caller, wish: Wish, code: ErrorCode): Promise<void> {
    // Not by name: all browsers have one.
    const tries = this.#triesOf(caller.sessionId ?? caller.tokenId ?? "");
    tries.count++;
    if (tries.count <= REFUSED_KEPT) await this.#end(await this.#begin(caller, wish), code);
    else if (tries.count === REFUSED_KEPT + 1) this.#log.warn("many changes that are not allowed: no more of them are kept in this hour", { who: caller.name, peer: wish.peer });
  }

  #triesOf(credential: string): { count: number } {
    const now = this.#clock.mono();
    for (const [id, { since }] of this.#refused) if (now - since >= HOUR_MS) this.#refused.delete(id);
    const tries = this.#refused.get(credential) ?? { count: 0, since: now };
    this.#refused.set(credential, tries);
    return tries;
  }

  async #begin({ name, tokenId, role, via }: Asker, { action, target, detail, peer }: Wish): Promise<string> {
    const id = newId(this.#clock);
    await this.#store.begin({ id, at: this.#clock.now(), who: name, tokenId, role, via, peer, action, target: target && brief(target, LONGEST_TARGET), detail });
    return id;
  }

  /** The change has been made, or refused: an audit that cannot be finished takes nothing of that back. */
  async #end(id: string, result: string): Promise<void> {
    await this.#store.end(id, result).catch((error: unknown) => this.#log.warn("the result of a change could not be kept", { error, id, result }));
  }
}

/** What is kept of a body: short fields that are no secrets by their names, and of others and of objects, such as the input of a run, their names alone. */
export function detailOf(body: unknown): JsonObject | null {
  if (typeof body !== "object" || body === null || Array.isArray(body) || Buffer.isBuffer(body)) return null;
  const given = Object.entries(body).filter(([, value]) => value !== undefined);
  let left = MOST_KEPT;
  return Object.fromEntries(given.slice(0, MOST_NAMES).map(([name, value]) => {
    const shown = isSecretName(name) ? REDACTED : kept(value);
    left -= JSON.stringify(shown).length;
    return [brief(name, LONGEST), left < 0 ? "…" : shown];
  }));
}

function kept(value: unknown): JsonObject[string] {
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value === "string") return value.length <= LONGEST ? value : "…";
  if (typeof value !== "object" || Array.isArray(value)) return "…";
  return briefNames(Object.keys(value), MOST_NAMES, LONGEST);
}
