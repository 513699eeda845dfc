import type { Clock } from "../clock/clock.ts";
import { watchClock, type ClockNews, type ClockWatch } from "../clock/watch.ts";
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
  #watch: ClockWatch | null = null;

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
    this.#watch = watchClock(clock, uptimeMs, (news) => {
      this.#note(news);
      onNews();
    });
    return this.#watch;
  }

  /** Notes at once what happened to time since it was last compared: nothing may be judged by a clock that was just set. */
  check(): void {
    this.#watch?.check();
  }

  /** Resolves when everything noted is stored. */
  settled(): Promise<void> {
    return this.#saved;
  }

  #note(news: ClockNews): void {
    const stretch = { from: news.from, to: news.to };
    if (news.kind === "slept") this.#sleeps = [...this.#sleeps, stretch].slice(-REMEMBERED);
    else this.#leaps = leapsAfter(this.#leaps, stretch).slice(-REMEMBERED);
    this.#log.info(news.kind === "slept" ? "the machine slept" : "the machine's clock was set", stretch);
    this.#saved = this.#saved.then(() => this.#save(news)).catch((error: unknown) => this.#log.warn("a sleep or a new time could not be noted", { error }));
  }

  async #save({ kind, from, to }: ClockNews): Promise<void> {
    await this.#store.kv.set(OWNER, KEY, { sleeps: this.#sleeps, leaps: this.#leaps } as unknown as JsonObject);
    await this.#store.events.append({ at: to, type: kind === "slept" ? "machine.slept" : "clock.set", data: { from, to } });
  }
}

/** Time that the clock is set back over is lived through after all, so no leap reaches beyond where it was set to. */
function leapsAfter(leaps: readonly Stretch[], set: Stretch): Stretch[] {
  if (set.to > set.from) return [...leaps, set];
  return leaps.filter(({ from }) => from < set.to).map(({ from, to }) => ({ from, to: Math.min(to, set.to) }));
}
