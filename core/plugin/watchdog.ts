import type { MessagePort } from "node:worker_threads";
import type { Clock, Timer } from "../clock/clock.ts";
import { ownFile } from "../ownFiles.ts";
import type { Thread } from "../threads/thread.ts";
import { BEAT, BEAT_MS, type Blocked, RUNNING, SLOTS, type WatchdogOrders } from "./watchdogContract.ts";

export interface WatchdogOptions {
  readonly clock: Clock;
  /** Where it works. Other modules may hold this thread up only for moments, or while the event loop asks them to. */
  readonly thread: Thread;
  /** Hears, once the event loop goes on, which plugin held it up. */
  readonly onBlocked: (plugin: string, words: string) => void;
}

/**
 * Names the plugin that blocks the event loop while it does. Its half in a thread waits for the loop's
 * heartbeat; when that fails to come, it stops the loop for a moment and looks at the stack. Nothing runs until there is a plugin to guard.
 */
export class Watchdog {
  readonly #options: WatchdogOptions;
  readonly #shared = new Int32Array(new SharedArrayBuffer(SLOTS * Int32Array.BYTES_PER_ELEMENT));
  readonly #ids: string[] = [];
  #port: MessagePort | null = null;
  #heart: Timer | null = null;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  /** Whose code runs from now on; null: nobody's. */
  running(plugin: string | null): void {
    this.#shared[RUNNING] = plugin === null ? 0 : this.#ids.indexOf(plugin) + 1;
  }

  /** @param folders real path of each plugin's folder → its id */
  guard(folders: ReadonlyMap<string, string>): void {
    if (folders.size === 0 && !this.#port) return;
    for (const id of folders.values()) if (!this.#ids.includes(id)) this.#ids.push(id);
    this.#port ??= this.#start();
    this.#port.postMessage({ folders: [...folders], ids: this.#ids } satisfies WatchdogOrders);
  }

  stop(): void {
    this.#heart?.cancel();
    this.#port?.close();
    this.#port = null;
  }

  #start(): MessagePort {
    const port = this.#options.thread.run(ownFile("core/plugin/watchdogThread.ts"), this.#shared);
    port.on("message", ({ plugin, words }: Blocked) => this.#options.onBlocked(plugin, words));
    port.unref();
    this.#heart = this.#options.clock.interval(BEAT_MS, () => Atomics.add(this.#shared, BEAT, 1));
    return port;
  }
}
