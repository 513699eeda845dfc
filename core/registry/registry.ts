import { LoomError } from "../errors/loomError.ts";
import type { Log } from "../log/log.ts";
import type { Source } from "../mirror/contract.ts";
import type { Executor, Operation, Route, StrandDefinition, Widget } from "../plugin/contract.ts";

/** Who put an entry there: one generation of one plugin. Each reload is a new generation. */
export interface Owner {
  readonly plugin: string;
  readonly generation: number;
}

export interface Entry<T> {
  readonly key: string;
  readonly owner: Owner;
  readonly item: T;
}

/**
 * Why an entry went: `unloaded`, it is gone from this node; `quarantined`, its plugin failed again and again and may
 * come back; `stopping`, the gateway stops and nothing has changed.
 */
export type RemovalReason = "unloaded" | "quarantined" | "stopping";

export interface KindListener<T> {
  added?(entry: Entry<T>): void;
  /** The same key, held by the next generation of the same plugin. */
  replaced?(entry: Entry<T>, old: Entry<T>): void;
  removed?(entry: Entry<T>, reason: RemovalReason): void;
}

/** All entries of one kind. */
export interface Kind<T> {
  get(key: string): Entry<T> | undefined;
  list(): readonly Entry<T>[];
  /** Tells of changes from now on; what is there already is in `list`. */
  on(listener: KindListener<T>): Disposable;
}

/** What can be registered, kind by kind. */
export interface Items {
  sources: Source;
  strands: StrandDefinition;
  executors: Executor;
  operations: Operation;
  routes: Route;
  widgets: Widget;
  services: unknown;
}
export type KindName = keyof Items;

/** One owner's entries: staged, and so seen by nobody, until `swap` makes them live. */
export interface Holding {
  readonly owner: Owner;
  /**
   * Adds an entry; the answer takes it away again.
   * @throws LoomError PLUGIN_INVALID when the key is taken
   */
  add<K extends KindName>(kind: K, item: Items[K], key?: string): Disposable;
  list<K extends KindName>(kind: K): readonly Entry<Items[K]>[];
}

export type Registry = { readonly [K in KindName]: Kind<Items[K]> } & {
  /** Opens an empty, staged holding. */
  stage(owner: Owner): Holding;
  /**
   * Makes a staged holding live in the place of an older one of the same plugin: in one step, then the listeners hear
   * what was added, replaced and removed.
   * @throws LoomError PLUGIN_INVALID when another plugin took one of its keys meanwhile; nothing is changed then
   */
  swap(old: Holding | null, next: Holding): void;
  /** Takes a live holding away with all its entries. */
  remove(holding: Holding, reason: RemovalReason): void;
};

/** The key under which an item is found. Services are named by their token, so they bring their own. */
const keyOf: { readonly [K in KindName]: (item: Items[K], plugin: string) => string } = {
  sources: (source, plugin) => `${plugin}:${source.identity}`,
  strands: (strand, plugin) => `${plugin}:${strand.id}`,
  executors: (executor) => executor.kind,
  operations: (operation) => operation.id,
  routes: (route, plugin) => `${route.method} /plugins/${plugin}${route.path}`,
  widgets: (widget, plugin) => `${plugin}:${widget.id}`,
  services: () => {
    throw new TypeError("A service is registered under its token's name");
  },
};
const kindNames = Object.keys(keyOf) as readonly KindName[];

/** What this node can do, in memory: who offers which source, strand, executor, operation, route, widget and service. */
export function createRegistry(options: { readonly log: Log }): Registry {
  const kinds = Object.fromEntries(kindNames.map((name) => [name, new LiveKind(name, options.log)])) as unknown as {
    readonly [K in KindName]: LiveKind<Items[K]>;
  };
  return {
    ...kinds,
    stage: (owner) => new OwnerHolding(owner, kinds),
    swap(old, next) {
      const before = old as OwnerHolding | null;
      const after = next as OwnerHolding;
      for (const name of kindNames) (kinds[name] as LiveKind<unknown>).check(after.entries(name), after.owner);
      after.live = true;
      if (before) before.live = false;
      const tell = kindNames.flatMap((name) => (kinds[name] as LiveKind<unknown>).swap(before?.entries(name) ?? [], after.entries(name)));
      before?.clear();
      for (const say of tell) say();
    },
    remove(holding, reason) {
      const gone = holding as OwnerHolding;
      gone.live = false;
      const tell = kindNames.flatMap((name) => (kinds[name] as LiveKind<unknown>).swap(gone.entries(name), [], reason));
      gone.clear();
      for (const say of tell) say();
    },
  };
}

class LiveKind<T> implements Kind<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #listeners = new Set<KindListener<T>>();
  readonly #name: KindName;
  readonly #log: Log;

  constructor(name: KindName, log: Log) {
    this.#name = name;
    this.#log = log;
  }

  get(key: string): Entry<T> | undefined {
    return this.#entries.get(key);
  }

  list(): readonly Entry<T>[] {
    return [...this.#entries.values()];
  }

  on(listener: KindListener<T>): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Refuses keys that another plugin holds. */
  check(entries: readonly Entry<T>[], owner: Owner): void {
    for (const { key } of entries) {
      const holder = this.#entries.get(key)?.owner;
      if (holder && holder.plugin !== owner.plugin) throw taken(this.#name, key, holder.plugin);
    }
  }

  /** Changes the entries at once and answers the messages that are due. */
  swap(old: readonly Entry<T>[], next: readonly Entry<T>[], reason: RemovalReason = "unloaded"): (() => void)[] {
    const before = new Map(old.map((entry) => [entry.key, entry]));
    for (const { key } of old) this.#entries.delete(key);
    for (const entry of next) this.#entries.set(entry.key, entry);
    const stays = new Set(next.map((entry) => entry.key));
    return [
      ...old.filter((entry) => !stays.has(entry.key)).map((entry) => () => this.#tell((to) => to.removed?.(entry, reason))),
      ...next.map((entry) => {
        const replaced = before.get(entry.key);
        return () => this.#tell((to) => (replaced ? to.replaced?.(entry, replaced) : to.added?.(entry)));
      }),
    ];
  }

  /** A listener that throws must not keep the others from hearing. */
  #tell(say: (listener: KindListener<T>) => void): void {
    for (const listener of [...this.#listeners]) {
      try {
        say(listener);
      } catch (error) {
        this.#log.error("A listener of the registry threw", { kind: this.#name, error });
      }
    }
  }
}

class OwnerHolding implements Holding {
  readonly owner: Owner;
  live = false;
  readonly #kinds: { readonly [K in KindName]: LiveKind<Items[K]> };
  readonly #entries = new Map<KindName, Map<string, Entry<unknown>>>();

  constructor(owner: Owner, kinds: { readonly [K in KindName]: LiveKind<Items[K]> }) {
    this.owner = owner;
    this.#kinds = kinds;
  }

  add<K extends KindName>(name: K, item: Items[K], key = keyOf[name](item, this.owner.plugin)): Disposable {
    const kind = this.#kinds[name] as LiveKind<unknown>;
    const mine = this.#of(name);
    if (mine.has(key)) throw taken(name, key, this.owner.plugin);
    const entry: Entry<unknown> = Object.freeze({ key, owner: this.owner, item });
    kind.check([entry], this.owner);
    mine.set(key, entry);
    if (this.live) for (const say of kind.swap([], [entry])) say();
    return {
      [Symbol.dispose]: () => {
        if (mine.get(key) !== entry) return;
        mine.delete(key);
        if (this.live) for (const say of kind.swap([entry], [])) say();
      },
    };
  }

  list<K extends KindName>(name: K): readonly Entry<Items[K]>[] {
    return this.entries(name) as readonly Entry<Items[K]>[];
  }

  entries(name: KindName): readonly Entry<unknown>[] {
    return [...(this.#entries.get(name)?.values() ?? [])];
  }

  clear(): void {
    for (const entries of this.#entries.values()) entries.clear();
  }

  #of(name: KindName): Map<string, Entry<unknown>> {
    let entries = this.#entries.get(name);
    if (!entries) this.#entries.set(name, (entries = new Map()));
    return entries;
  }
}

const words: Record<KindName, string> = {
  sources: "source",
  strands: "strand",
  executors: "executor",
  operations: "operation",
  routes: "route",
  widgets: "widget",
  services: "service",
};

function taken(kind: KindName, key: string, holder: string): LoomError {
  return new LoomError("PLUGIN_INVALID", `The ${words[kind]} "${key}" is there already: plugin "${holder}" registered it.`, {
    help: "Give it another name, or disable one of the two plugins.",
  });
}
