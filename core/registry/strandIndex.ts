import type { Clock, Timer } from "../clock/clock.ts";
import type { LoomEvent } from "../plugin/contract.ts";
import type { SourceRecord, Store, StrandRecord } from "../store/contract.ts";
import { isOnPage } from "../store/onPage.ts";
import type { Log } from "../log/log.ts";

/** What could not be read is read again after so long, or with the next commit. */
const REST_MS = 1_000;

/** A batch of committed events, with the strands and sources that they concern as they are now; null: off the page. */
export interface IndexChange {
  readonly events: readonly LoomEvent[];
  readonly strands: ReadonlyMap<string, StrandRecord | null>;
  readonly sources: ReadonlyMap<string, SourceRecord | null>;
}

/**
 * Every strand and source as the store has them, held in memory: lists and the live feed read from here. It follows
 * the store's commits; listeners are called in commit order, after the index itself is up to date.
 */
export class StrandIndex {
  readonly #store: Store;
  readonly #log: Log;
  readonly #clock: Pick<Clock, "timer">;
  readonly #strands = new Map<string, StrandRecord>();
  readonly #sources = new Map<string, SourceRecord>();
  readonly #listeners = new Set<(change: IndexChange) => void>();
  #waiting: LoomEvent[] = [];
  #catchingUp: Promise<void> | null = null;
  #again: Timer | null = null;
  #unsubscribe: () => void = () => {};

  constructor(store: Store, log: Log, clock: Pick<Clock, "timer">) {
    this.#store = store;
    this.#log = log;
    this.#clock = clock;
  }

  /** Loads everything and begins to follow. */
  async start(): Promise<void> {
    this.#unsubscribe = this.#store.onCommit((events) => {
      // One by one: a call takes only so many arguments, and a look at many jobs makes more events.
      for (const event of events) this.#waiting.push(event);
      this.#follows();
    });
    const [strands, sources] = await Promise.all([this.#store.strands.all(), this.#store.sources.list()]);
    for (const strand of strands) this.#strands.set(strand.id, strand);
    for (const source of sources) if (source.retiredAt === null) this.#sources.set(source.id, source);
  }

  /** Ends following; resolves when nothing of it is under way any more, so that the store may close. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#listeners.clear();
    await this.#catchingUp;
    this.#again?.cancel();
    this.#waiting = [];
  }

  /** All strands on the page. */
  strands(): IterableIterator<StrandRecord> {
    return this.#strands.values();
  }

  strand(id: string): StrandRecord | undefined {
    return this.#strands.get(id);
  }

  sources(): IterableIterator<SourceRecord> {
    return this.#sources.values();
  }

  source(id: string): SourceRecord | undefined {
    return this.#sources.get(id);
  }

  /** Calls `listener` after each batch of commits. The answer ends it. */
  on(listener: (change: IndexChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when everything committed before the call is in the index. */
  async settled(): Promise<void> {
    while (this.#catchingUp) await this.#catchingUp;
  }

  #follows(): void {
    this.#again?.cancel();
    this.#catchingUp ??= this.#catchUp();
  }

  async #catchUp(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const events = this.#waiting;
        this.#waiting = [];
        await this.#follow(events).catch((error: unknown) => {
          // Told later: an event that is left out never comes again, and pages count on them all.
          this.#waiting = [...events, ...this.#waiting];
          throw error;
        });
      }
    } catch (error) {
      this.#log.error("the index of strands could not follow the store, and tries it again", { error });
      if (this.#waiting.length > 0) this.#again = this.#clock.timer(REST_MS, () => this.#follows());
    } finally {
      this.#catchingUp = null;
    }
  }

  async #follow(events: readonly LoomEvent[]): Promise<void> {
    const strandIds = new Set<string>();
    let sourcesChanged = false;
    for (const event of events) {
      if (event.strandId) strandIds.add(event.strandId);
      if (event.type.startsWith("source.")) sourcesChanged = true;
    }
    const [strands, sources] = await Promise.all([
      strandIds.size > 0 ? this.#store.strands.getMany([...strandIds]) : [],
      sourcesChanged ? this.#store.sources.list() : null,
    ]);
    this.#publish({ events, strands: this.#takeStrands(strandIds, strands), sources: this.#takeSources(events, sources) });
  }

  #takeStrands(ids: ReadonlySet<string>, found: readonly StrandRecord[]): Map<string, StrandRecord | null> {
    const changed = new Map<string, StrandRecord | null>([...ids].map((id) => [id, null]));
    for (const strand of found) if (isOnPage(strand)) changed.set(strand.id, strand);
    for (const [id, strand] of changed) {
      if (strand) this.#strands.set(id, strand);
      else this.#strands.delete(id);
    }
    return changed;
  }

  #takeSources(events: readonly LoomEvent[], sources: readonly SourceRecord[] | null): Map<string, SourceRecord | null> {
    const changed = new Map<string, SourceRecord | null>();
    if (!sources) return changed;
    const now = new Map(sources.filter((source) => source.retiredAt === null).map((source) => [source.id, source]));
    for (const event of events) {
      const id = event.type.startsWith("source.") ? event.data["sourceId"] : undefined;
      if (typeof id === "string") changed.set(id, now.get(id) ?? null);
    }
    this.#sources.clear();
    for (const [id, source] of now) this.#sources.set(id, source);
    return changed;
  }

  #publish(change: IndexChange): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        this.#log.error("a listener of the index of strands threw", { error });
      }
    }
  }
}
