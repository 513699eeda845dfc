import type { Clock } from "../clock/clock.ts";
import { LoomError } from "../errors/loomError.ts";
import { KeyedQueue } from "../keyedQueue.ts";
import type { Log } from "../log/log.ts";
import type { Entry, Kind, RemovalReason } from "../registry/registry.ts";
import type { Store, StrandRecord } from "../store/contract.ts";
import { untilStored } from "../store/untilStored.ts";
import { checked } from "./checkedSource.ts";
import type { Source } from "./contract.ts";
import { SourceMirror } from "./sourceMirror.ts";

/** One mirror per registered source: begins when a plugin registers it, ends when it takes it away. */
export class MirrorService {
  readonly #sources: Kind<Source>;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #nodeId: string;
  readonly #redact: (text: string) => string;
  readonly #outputBytes: number | undefined;
  /** By registry key. */
  readonly #mirrors = new Map<string, SourceMirror>();
  /** By registry key, so that what happens to a source is taken in one after the other. */
  readonly #queue = new KeyedQueue();
  #subscription: Disposable | null = null;
  #doubted: Promise<void> = Promise.resolve();
  readonly #stop = new AbortController();

  /** @param options `redact`: takes secrets out of a text; `outputBytes`: how much of the end of each output is handed to the store; left out: all */
  constructor(options: { sources: Kind<Source>; store: Store; clock: Clock; log: Log; nodeId: string; redact: (text: string) => string; outputBytes?: number }) {
    this.#sources = options.sources;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#nodeId = options.nodeId;
    this.#redact = options.redact;
    this.#outputBytes = options.outputBytes;
  }

  /** Mirrors what is registered, and what will be. Does not wait for a first look. */
  start(): void {
    this.#doubted = this.#doubt().catch((error: unknown) => this.#log.error("sources that nobody has read yet could not be marked", { error }));
    for (const entry of this.#sources.list()) this.#enqueue(entry.key, () => this.#open(entry));
    this.#subscription = this.#sources.on({
      added: (entry) => this.#enqueue(entry.key, () => this.#open(entry)),
      replaced: (entry) => {
        // At once: the generation before is about to be closed, and how its last look ends is nobody's news.
        this.#mirrors.get(entry.key)?.use(checked(entry.item, this.#clock, this.#redact));
        this.#enqueue(entry.key, () => this.#describe(entry));
      },
      removed: (entry, reason) => this.#enqueue(entry.key, () => this.#remove(entry, reason)),
    });
  }

  /** Ends all looks; what is on the page stays as it is. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("Loom stops"));
    this.#subscription?.[Symbol.dispose]();
    await this.#doubted;
    await this.settled();
    await Promise.all([...this.#mirrors.values()].map((mirror) => mirror.stop()));
    this.#mirrors.clear();
  }

  /** The mirror of a source by the source's id, while its plugin is there. */
  mirror(sourceId: string): SourceMirror | undefined {
    for (const mirror of this.#mirrors.values()) if (mirror.id === sourceId) return mirror;
    return undefined;
  }

  /** When a source was last read well, in milliseconds since 1970; null: nothing mirrors it now. The store has that of the last look with news. */
  lastGoodReadAt(sourceId: string): number | null {
    return this.mirror(sourceId)?.health.lastGoodReadAt ?? null;
  }

  /**
   * Reads a source now.
   * @throws LoomError NOT_FOUND
   */
  async look(sourceId: string): Promise<void> {
    await this.#mirrorOf(sourceId).look();
  }

  /** Reads every source anew and whole. One that cannot be read says so by its health. */
  async lookAtAll(): Promise<readonly SourceMirror[]> {
    await this.settled();
    const mirrors = [...this.#mirrors.values()];
    await Promise.all(mirrors.map((mirror) => mirror.lookAtAll()));
    return mirrors;
  }

  /** Each source, with what resolves when the runs of which its last look spoke are stored. */
  imports(): { id: string; done: Promise<void> }[] {
    return [...this.#mirrors.values()].map((mirror) => ({ id: mirror.id, done: mirror.imported() }));
  }

  /**
   * A person believes what a suspect source says now: strands that it does not show any more go.
   * @throws LoomError NOT_FOUND, SOURCE_UNREACHABLE when it could not be read
   */
  async accept(sourceId: string): Promise<void> {
    const mirror = this.#mirrorOf(sourceId);
    if (!(await mirror.accept())) throw new LoomError("SOURCE_UNREACHABLE", `It could not be read just now: ${mirror.health.message ?? "no reason given"}`);
  }

  /** A person has set how late a strand may be, in milliseconds; null: the rule holds again. */
  setGrace({ sourceId, ownerJobId }: Pick<StrandRecord, "sourceId" | "ownerJobId">, graceMs: number | null): void {
    if (sourceId !== null) this.mirror(sourceId)?.setGrace(ownerJobId, graceMs);
  }

  #mirrorOf(sourceId: string): SourceMirror {
    const mirror = this.mirror(sourceId);
    if (!mirror) throw new LoomError("NOT_FOUND", `Nothing on this node reads a source ${sourceId}.`, { help: "Check the id; `loom sources` lists what there is." });
    return mirror;
  }

  /** Resolves when every change of the registry so far has been taken in. */
  async settled(): Promise<void> {
    await this.#queue.settled();
  }

  /**
   * To be called once every plugin had its chance: this node's sources that nobody registered are stale if their
   * plugin is there, and leave the page with their strands if it is not.
   */
  async sweep(hasPlugin: (id: string) => boolean): Promise<void> {
    await this.settled();
    const at = this.#clock.now();
    for (const source of await this.#store.sources.list()) {
      if (source.nodeId !== this.#nodeId || source.retiredAt !== null || this.mirror(source.id)) continue;
      if (!hasPlugin(source.plugin)) await this.#stored(() => this.#store.sources.retire(source.id, at));
      else await this.#stored(() => this.#store.sources.setHealth(source.id, { ...source.health, freshness: "stale", since: at, ...notFound(source.plugin) }, at));
    }
  }

  /** What was fresh when Loom went down may be old by now: until it is read, nobody knows. */
  async #doubt(): Promise<void> {
    const at = this.#clock.now();
    for (const source of await this.#store.sources.list()) {
      if (source.nodeId !== this.#nodeId || source.retiredAt !== null || source.health.freshness !== "fresh") continue;
      const health = { ...source.health, freshness: "stale", since: at, message: "It has not been read since Loom started." } as const;
      await this.#stored(() => this.#store.sources.setHealth(source.id, health, at));
    }
  }

  async #open(entry: Entry<Source>): Promise<void> {
    await this.#doubted;
    if (this.#stop.signal.aborted) return;
    const record = await this.#register(entry);
    const mirror = new SourceMirror({ store: this.#store, clock: this.#clock, log: this.#log, source: this.#newest(entry), record, ...(this.#outputBytes !== undefined && { outputBytes: this.#outputBytes }) });
    this.#mirrors.set(entry.key, mirror);
    // Nobody would start it a second time.
    await this.#stored(() => mirror.start());
  }

  /** Takes in what the next generation says of its source. */
  async #describe(entry: Entry<Source>): Promise<void> {
    const mirror = this.#mirrors.get(entry.key);
    if (!mirror) return this.#open(entry);
    mirror.describe(await this.#register(entry));
  }

  async #remove(entry: Entry<Source>, reason: RemovalReason): Promise<void> {
    const mirror = this.#mirrors.get(entry.key);
    this.#mirrors.delete(entry.key);
    if (!mirror) return;
    await mirror.stop();
    const at = this.#clock.now();
    if (reason === "unloaded") await this.#stored(() => this.#store.sources.retire(mirror.id, at));
    if (reason !== "quarantined") return;
    const health = { ...mirror.health, freshness: "stale", since: at, ...quarantined(entry.owner.plugin) } as const;
    await this.#stored(() => this.#store.sources.setHealth(mirror.id, health, at));
  }

  #register(entry: Entry<Source>): ReturnType<Store["sources"]["register"]> {
    const { identity, label, can, firingsWhileOff = {} } = this.#newest(entry);
    const { plugin } = entry.owner;
    return this.#stored(() => this.#store.sources.register({ plugin, nodeId: this.#nodeId, identity, label, can, firingsWhileOff, at: this.#clock.now() }));
  }

  /** The source under this entry's key as it is now: while others were waited for, its plugin may have been reloaded again. */
  #newest(entry: Entry<Source>): Source {
    return checked((this.#sources.get(entry.key) ?? entry).item, this.#clock, this.#redact);
  }

  /** Reads or writes as soon as the database lets it. */
  #stored<T>(act: () => Promise<T>): Promise<T> {
    return untilStored(this.#clock, this.#stop.signal, act);
  }

  #enqueue(key: string, act: () => Promise<void>): void {
    this.#queue.add(key, act).catch((error: unknown) => this.#log.error("a source could not be taken in", { source: key, error }));
  }
}

function notFound(plugin: string): { message: string; help: string } {
  return { message: `The plugin ${plugin} does not find this scheduler any more.`, help: "Its strands show the last that was known; `loom plugins` tells how the plugin is." };
}

function quarantined(plugin: string): { message: string; help: string } {
  return { message: `The plugin ${plugin} failed again and again and was taken out of use.`, help: "`loom plugins` shows why; mend it and save, or restart Loom." };
}
