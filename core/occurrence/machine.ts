import type { Clock } from "../clock/clock.ts";
import { watchClock, type ClockNews } from "../clock/watch.ts";
import type { Log } from "../log/log.ts";
import type { JsonObject } from "../mirror/contract.ts";
import type { Store } from "../store/contract.ts";
import type { Stretch } from "./case.ts";

/** Where the stretches are kept. */
const OWNER = "loom";
const KEY = "machine";
/** How many stretches of each kind are remembered. */
const REMEMBERED = 50;

/** When this machine slept and when its clock was set, also before Loom was last started. */
export class MachineTimes {
  readonly #store: Pick<Store, "kv" | "events">;
  readonly #log: Log;
  #sleeps: readonly Stretch[] = [];
  #leaps: readonly Stretch[] = [];
  #saved: Promise<void> = Promise.resolve();

  constructor(options: { store: Pick<Store, "kv" | "events">; log: Log }) {
    this.#store = options.store;
    this.#log = options.log;
  }

  get sleeps(): readonly Stretch[] {
    return this.#sleeps;
  }

  /** What the wall clock jumped over when it was set forward. */
  get leaps(): readonly Stretch[] {
    return this.#leaps;
  }

  async load(): Promise<void> {
    const kept = (await this.#store.kv.get(OWNER, KEY)) as { readonly sleeps?: Stretch[]; readonly leaps?: Stretch[] } | undefined;
    this.#sleeps = kept?.sleeps ?? [];
    this.#leaps = kept?.leaps ?? [];
  }

  /** Notes what happens to time from now on and calls `onNews` after it, until it is disposed. */
  watch(clock: Clock, uptimeMs: () => number, onNews: () => void): Disposable {
    return watchClock(clock, uptimeMs, (news) => {
      this.#note(news);
      onNews();
    });
  }

  /** Resolves when everything noted is stored. */
  settled(): Promise<void> {
    return this.#saved;
  }

  #note(news: ClockNews): void {
    const stretch = { from: news.from, to: news.to };
    if (news.kind === "slept") this.#sleeps = [...this.#sleeps, stretch].slice(-REMEMBERED);
    // Time that a clock was set back over comes again; nothing that was planned in it has been left out.
    else this.#leaps = [...this.#leaps.filter(({ from }) => from < stretch.to), ...(stretch.to > stretch.from ? [stretch] : [])].slice(-REMEMBERED);
    this.#log.info(news.kind === "slept" ? "the machine slept" : "the machine's clock was set", stretch);
    this.#saved = this.#saved.then(() => this.#save(news)).catch((error: unknown) => this.#log.warn("a sleep or a new time could not be noted", { error }));
  }

  async #save({ kind, from, to }: ClockNews): Promise<void> {
    await this.#store.kv.set(OWNER, KEY, { sleeps: this.#sleeps, leaps: this.#leaps } as unknown as JsonObject);
    await this.#store.events.append({ at: to, type: kind === "slept" ? "machine.slept" : "clock.set", data: { from, to } });
  }
}
