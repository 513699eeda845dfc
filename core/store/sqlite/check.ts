import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../clock/clock.ts";
import { ownFile } from "../../ownFiles.ts";

/** The start has its own work to do. */
const AFTER_MS = 30_000;

export interface CheckOptions {
  readonly file: string;
  readonly busyTimeoutMs: number;
  readonly clock: Clock;
  /** Hears of damage, once. */
  readonly onDamage: (message: string) => void;
}

/**
 * Looks through a database that is too large for a start to wait for, a while after the start and once. That is done by a
 * process of its own, which may be ended in the middle, and gives back its memory; it has the lowest priority.
 */
export class LateCheck implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor(options: CheckOptions) {
    // Where it cannot be done, damage is found when the page is read, as it would be without.
    this.#done = this.#check(options).catch(() => {});
  }

  /** Settles when it has been looked through, or could not be. */
  done(): Promise<void> {
    return this.#done;
  }

  /** Ends it wherever it is. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #check({ clock, onDamage, ...database }: CheckOptions): Promise<void> {
    await clock.sleep(AFTER_MS, this.#stop.signal);
    const damage = await lookThrough(database, this.#stop.signal);
    if (damage && !this.#stop.signal.aborted) onDamage(damage);
  }
}

/** The first damage that is found in a database; empty: there is none; null: it could not be looked through to its end. */
export async function lookThrough({ file, busyTimeoutMs }: Pick<CheckOptions, "file" | "busyTimeoutMs">, signal: AbortSignal): Promise<string | null> {
  const script = fileURLToPath(ownFile("core/store/sqlite/checkProcess.ts"));
  const child = spawn(process.execPath, [script, file, String(busyTimeoutMs)], { stdio: ["ignore", "pipe", "ignore"], signal, killSignal: "SIGKILL" });
  child.on("error", () => {});
  const ended = once(child, "close").catch(() => [null]);
  const damage = await text(child.stdout);
  const [code] = await ended;
  return damage === "" && code !== 0 ? null : damage;
}
