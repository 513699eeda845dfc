import type { Clock } from "../clock/clock.ts";
import { isLoomError } from "../errors/loomError.ts";
import { newId } from "../ids/uuid.ts";
import type { Log } from "../log/log.ts";
import type { JsonObject } from "../mirror/contract.ts";
import type { AuditRecord, AuditStore } from "../store/contract.ts";

/** What was asked for, beside who asks. */
export interface Wish {
  /** Method and address as the table of routes has them. */
  readonly action: string;
  readonly target: string | null;
  readonly detail: JsonObject | null;
  readonly peer: string;
}

/** Who asks. */
export type Asker = Pick<AuditRecord, "role" | "via"> & { readonly name: string };

/** Longest text of a field that is kept. */
const LONGEST = 200;

/** Keeps who asked for which change, from where, and what came of it. */
export class Audit {
  readonly #store: AuditStore;
  readonly #clock: Clock;
  readonly #log: Log;

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

  async #begin({ name, role, via }: Asker, { action, target, detail, peer }: Wish): Promise<string> {
    const id = newId(this.#clock);
    await this.#store.begin({ id, at: this.#clock.now(), who: name, role, via, peer, action, target, detail });
    return id;
  }

  /** The change has been made, or refused: an audit that cannot be finished takes nothing of that back. */
  async #end(id: string, result: string): Promise<void> {
    await this.#store.end(id, result).catch((error: unknown) => this.#log.warn("the result of a change could not be kept", { error, id, result }));
  }
}

/** What is kept of a body: short fields, and of longer ones and of objects, such as the input of a run, their names alone. */
export function detailOf(body: unknown): JsonObject | null {
  if (typeof body !== "object" || body === null || Array.isArray(body) || Buffer.isBuffer(body)) return null;
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined).map(([name, value]) => [name, brief(value)]));
}

function brief(value: unknown): JsonObject[string] {
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value === "string") return value.length <= LONGEST ? value : "…";
  return typeof value === "object" && !Array.isArray(value) ? Object.keys(value).map((name) => name.slice(0, LONGEST)) : "…";
}
