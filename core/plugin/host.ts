import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../clock/clock.ts";
import { stackOf } from "../errors/loomError.ts";
import type { EventBus } from "../events/bus.ts";
import type { Log } from "../log/log.ts";
import type { ModuleLoader } from "../modules/loader.ts";
import { watchFolders, type FolderWatch } from "../modules/watch.ts";
import type { Registry } from "../registry/registry.ts";
import type { PluginValues } from "./context.ts";
import { discover, type Found, type Roots } from "./discover.ts";
import { Guard } from "./guard.ts";
import { pluginInfo, type PluginInfo } from "./info.ts";
import { Leaks } from "./leaks.ts";
import { ManagedPlugin, type ManagedParts } from "./managed.ts";
import { orderByNeeds } from "./order.ts";
import { SCOPE_BUDGET_MS } from "./scope.ts";
import type { PluginState } from "./states.ts";
import type { Thread } from "../threads/thread.ts";
import { Watchdog } from "./watchdog.ts";

/** All plugins together have this long to go when the gateway stops. */
const STOP_BUDGET_MS = 15_000;

export interface PluginHostOptions {
  readonly registry: Registry;
  readonly modules: ModuleLoader;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: Pick<EventBus, "on">;
  /** The plugins' own values in the store. */
  readonly kv: PluginValues;
  readonly node: { readonly id: string; readonly name: string };
  /** LOOM_HOME: plugins lie in its `plugins`, packages in its `node_modules`. */
  readonly home: string;
  /** The folder of the plugins that come with Loom, or null. */
  readonly shipped: string | null;
  /** npm packages under LOOM_HOME that are plugins. */
  readonly packages?: readonly string[];
  /** `plugins.<id>` of the configuration. */
  readonly settings?: (id: string) => { readonly enabled: boolean; readonly config?: unknown };
  /** Whether files are watched and looked at again and again. Default true. */
  readonly watch?: boolean;
  /** Takes secrets out of what a plugin says of itself. */
  readonly redact: (text: string) => string;
  /** Where the watchdog works that names a plugin which blocks the event loop; null: there is none. */
  readonly thread: Thread | null;
}

/** `from` and `to` are equal when something else of it changed, such as its generation or its notice. */
export interface PluginChange {
  readonly plugin: string;
  /** Null: it was not there before. */
  readonly from: PluginState | null;
  /** Null: its folder is gone. */
  readonly to: PluginState | null;
}

/** All plugins of this node: found, set up, kept up to date with their folders, taken away again. */
export interface PluginHost {
  /** Finds all plugins and sets them up. Resolves when each is in use or has said why not. */
  start(): Promise<void>;
  /** Unloads all plugins, the last set up first. Resolves within 15 s, whatever they do. */
  stop(): Promise<void>;
  /** Every plugin found, by id. */
  list(): PluginInfo[];
  on(listener: (change: PluginChange) => void): Disposable;
  /** Looks at all folders and settings again. Resolves when what changed is in use. */
  rescan(): Promise<void>;
  /**
   * For errors that nobody caught.
   * @returns the id of the plugin whose error it is, which is logged and counted against it; null: no plugin's
   */
  blame(error: unknown): string | null;
}

/** A host that has not looked anywhere yet; `start` does. */
export function createPluginHost(options: PluginHostOptions): PluginHost {
  return new Host(options);
}

class Host implements PluginHost {
  readonly #options: PluginHostOptions;
  readonly #roots: Roots;
  readonly #guard: Guard;
  readonly #parts: ManagedParts;
  readonly #leaks: Leaks;
  readonly #watchdog: Watchdog | null;
  readonly #plugins = new Map<string, ManagedPlugin>();
  readonly #listeners = new Set<(change: PluginChange) => void>();
  #watch: FolderWatch | null = null;
  #looking: Promise<void> = Promise.resolve();
  /** A look that has not begun yet. */
  #asked: Promise<void> | null = null;
  #wentLive = 0;
  #stopping = false;

  constructor(options: PluginHostOptions) {
    const { clock, thread, shipped, home, packages = [] } = options;
    this.#options = options;
    this.#roots = { shipped, home, packages };
    this.#watchdog = thread && new Watchdog({ clock, thread, onBlocked: (id, words) => this.#plugins.get(id)?.blocked(words) });
    this.#guard = new Guard((plugin) => this.#watchdog?.running(plugin));
    this.#leaks = new Leaks(this.#guard);
    this.#parts = { ...options, values: options.kv, guard: this.#guard, leaks: this.#leaks };
  }

  async start(): Promise<void> {
    await mkdir(join(this.#options.home, "plugins"), { recursive: true, mode: 0o700 });
    await this.rescan();
    if (this.#options.watch === false || this.#stopping) return;
    const folders = [join(this.#options.home, "plugins"), ...(this.#options.shipped ? [this.#options.shipped] : [])];
    this.#watch = await watchFolders({ folders, clock: this.#options.clock, log: this.#options.log, onHint: () => void this.#look() });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const { clock } = this.#options;
    const end = clock.mono() + STOP_BUDGET_MS;
    await this.#watch?.close();
    await this.#looking;
    const lastFirst = [...this.#plugins.values()].sort((a, b) => b.liveSince - a.liveSince);
    // Those still in setup hold nobody up.
    for (const plugin of lastFirst.filter(({ live }) => !live)) void plugin.leave("stopping");
    for (const plugin of lastFirst.filter(({ live }) => live)) {
      await plugin.leave("stopping", Math.min(SCOPE_BUDGET_MS, Math.max(0, end - clock.mono())));
    }
    await Promise.all(lastFirst.map(({ settled }) => settled));
    this.#leaks.dispose();
    this.#watchdog?.stop();
  }

  list(): PluginInfo[] {
    return [...this.#plugins.values()].map((plugin) => pluginInfo(plugin, this.#options.redact)).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  on(listener: (change: PluginChange) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  async rescan(): Promise<void> {
    await this.#look();
    await Promise.all([...this.#plugins.values()].map(({ settled }) => settled));
  }

  blame(error: unknown): string | null {
    const runner = this.#guard.current;
    const plugin = runner ? this.#plugins.get(runner.plugin) : this.#byStack(error);
    if (!plugin) return runner?.plugin ?? null;
    const guilty = runner ?? plugin.live?.runner;
    if (guilty) plugin.fail(guilty, "code, past every catch,", error);
    return plugin.id;
  }

  #byStack(error: unknown): ManagedPlugin | undefined {
    const stack = stackOf(error);
    return [...this.#plugins.values()].find(({ found }) => stack.includes(`${found.folder}/`));
  }

  /** Looks at everything once more; those who ask before that has begun share one look, since it may take longer than hints are apart. */
  #look(): Promise<void> {
    const failed = (error: unknown): void => this.#options.log.error("The plugins' folders could not be looked at", { error });
    const look = async (): Promise<void> => {
      this.#asked = null;
      if (!this.#stopping) await this.#takeIn();
    };
    return (this.#asked ??= this.#looking = this.#guard.outside(() => this.#looking.then(look).catch(failed)));
  }

  async #takeIn(): Promise<void> {
    const found = await discover(this.#roots);
    if (this.#stopping) return;
    for (const plugin of this.#plugins.values()) if (!found.has(plugin.id)) this.#forget(plugin);

    const settings = (id: string) => this.#options.settings?.(id) ?? { enabled: true };
    const manifests = [...found.values()].flatMap(({ id, manifest }) => (manifest && settings(id).enabled ? [manifest] : []));
    const { ids, providers, errors } = orderByNeeds(manifests);
    const usable = new Set(ids);
    for (const id of [...ids, ...[...found.keys()].filter((id) => !usable.has(id))]) {
      const { enabled, config } = settings(id);
      const after = (providers.get(id) ?? []).flatMap((provider) => (errors.has(id) ? [] : (this.#plugins.get(provider)?.settled ?? [])));
      this.#plugin(found.get(id)!).want({ found: found.get(id)!, enabled, config, problem: errors.get(id) ?? null }, after);
    }
    this.#watchdog?.guard(this.#outsiders());
  }

  /** Plugins that did not come with Loom, by folder. Only those are worth a watchdog. */
  #outsiders(): ReadonlyMap<string, string> {
    return new Map([...this.#plugins.values()].filter(({ found }) => found.root !== "shipped").map(({ id, found }) => [found.folder, id]));
  }

  #plugin(found: Found): ManagedPlugin {
    const known = this.#plugins.get(found.id);
    if (known) return known;
    const plugin = new ManagedPlugin(this.#parts, found, (changed, from) => this.#changed(changed, from));
    this.#plugins.set(found.id, plugin);
    this.#tell({ plugin: found.id, from: null, to: plugin.state });
    return plugin;
  }

  #forget(plugin: ManagedPlugin): void {
    if (plugin.leaving) return;
    void plugin.leave("unloaded").then(() => {
      // It stays on the page when it did not unload cleanly, and when it came back meanwhile.
      if (plugin.state !== "stopped" || !plugin.leaving) return;
      this.#plugins.delete(plugin.id);
      this.#tell({ plugin: plugin.id, from: "stopped", to: null });
    });
  }

  #changed(plugin: ManagedPlugin, from: PluginState): void {
    const isNew = plugin.state === "active" && from !== "active";
    if (isNew) plugin.liveSince = this.#wentLive += 1;
    this.#tell({ plugin: plugin.id, from, to: plugin.state });
    // Somebody may have waited for what it provides.
    if (isNew && [...this.#plugins.values()].some(({ state }) => state === "rejected")) void this.#look();
  }

  #tell(change: PluginChange): void {
    for (const listener of [...this.#listeners]) {
      try {
        this.#guard.outside(() => listener(change));
      } catch (error) {
        this.#options.log.error("A listener of the plugin host threw", { error });
      }
    }
  }
}
