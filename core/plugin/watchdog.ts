import { Worker } from "node:worker_threads";
import type { Clock, Timer } from "../clock/clock.ts";
import type { Log } from "../log/log.ts";
import { ownFile } from "../ownFiles.ts";
import { BEAT, BEAT_MS, type Blocked, RUNNING, SLOTS, type WatchdogOrders } from "./watchdogContract.ts";

export interface WatchdogOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Hears, once the event loop goes on, which plugin held it up. */
  readonly onBlocked: (plugin: string, words: string) => void;
}

/**
 * Names the plugin that blocks the event loop while it does. A thread waits for the loop's heartbeat; when it fails to
 * come, the thread stops the loop for a moment and looks at the stack. Nothing runs until there is a plugin to guard.
 */
export class Watchdog {
  readonly #options: WatchdogOptions;
  readonly #shared = new Int32Array(new SharedArrayBuffer(SLOTS * Int32Array.BYTES_PER_ELEMENT));
  readonly #ids: string[] = [];
  #thread: Worker | null = null;
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
    if (folders.size === 0 && !this.#thread) return;
    for (const id of folders.values()) if (!this.#ids.includes(id)) this.#ids.push(id);
    this.#thread ??= this.#start();
    this.#thread.postMessage({ folders: [...folders], ids: this.#ids } satisfies WatchdogOrders);
  }

  async stop(): Promise<void> {
    this.#heart?.cancel();
    await this.#thread?.terminate();
    this.#thread = null;
  }

  #start(): Worker {
    const thread = new Worker(ownFile("core/plugin/watchdogThread.ts"), {
      workerData: this.#shared,
      name: "loom-watchdog",
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
    });
    thread.unref();
    thread.on("message", ({ plugin, words }: Blocked) => this.#options.onBlocked(plugin, words));
    thread.on("error", (error) => this.#options.log.warn("The watchdog died", { error }));
    this.#heart = this.#options.clock.interval(BEAT_MS, () => Atomics.add(this.#shared, BEAT, 1));
    return thread;
  }
}
