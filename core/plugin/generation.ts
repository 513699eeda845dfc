import { access } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../clock/clock.ts";
import { within } from "../clock/within.ts";
import { isLoomError, LoomError, messageOf, type Problem } from "../errors/loomError.ts";
import type { EventBus } from "../events/bus.ts";
import type { Log } from "../log/log.ts";
import type { LoadedModule, ModuleLoader } from "../modules/loader.ts";
import { placeIn } from "../modules/problems.ts";
import type { Holding, Registry } from "../registry/registry.ts";
import { createContext, type PluginValues } from "./context.ts";
import type { Manifest, Notice, Plugin } from "./contract.ts";
import type { Guard, Runner } from "./guard.ts";
import { type OwnPast, OwnStrands } from "./ownStrands.ts";
import { Scope } from "./scope.ts";

const SETUP_DEADLINE_MS = 30_000;

/** What every generation of every plugin is built from. */
export interface GenerationParts {
  readonly registry: Registry;
  readonly modules: ModuleLoader;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: Pick<EventBus, "on">;
  readonly values: PluginValues;
  readonly node: { readonly id: string; readonly name: string };
  /** LOOM_HOME. */
  readonly home: string;
  readonly guard: Guard;
}

export interface GenerationOptions {
  readonly manifest: Manifest;
  /** Real path. */
  readonly folder: string;
  readonly number: number;
  readonly config: unknown;
  readonly past: OwnPast;
  /** Gives up when it aborts. */
  readonly signal: AbortSignal;
  readonly onNotice: () => void;
  readonly onFailure: (what: string, error: unknown) => void;
  /** The code, where it is at hand already. Default: loaded from the folder. */
  readonly plugin?: Plugin;
}

/**
 * One loading of a plugin: its code, its scope and its entries. It is built staged, so that it can be checked beside
 * the one in use; `goLive` follows the swap in the registry.
 */
export class Generation {
  readonly runner: Runner;
  readonly manifest: Manifest;
  readonly folder: string;
  readonly holding: Holding;
  notice: Notice | null = null;
  readonly #scope: Scope;
  readonly #own: OwnStrands;
  readonly #parts: GenerationParts;
  readonly #options: GenerationOptions;
  readonly #log: Log;
  #module: LoadedModule | null = null;
  #whenLive: (() => void)[] | null = [];

  constructor(parts: GenerationParts, options: GenerationOptions) {
    const { manifest, number, past } = options;
    this.#parts = parts;
    this.#options = options;
    this.#log = parts.log.child({ plugin: manifest.id });
    this.runner = { plugin: manifest.id, generation: number };
    this.manifest = manifest;
    this.folder = options.folder;
    this.holding = parts.registry.stage(this.runner);
    this.#scope = new Scope(parts.clock, this.#log);
    this.#own = new OwnStrands({ plugin: manifest.id, label: manifest.name, clock: parts.clock, signal: this.#scope.signal, past });
  }

  /** Packages that changed on disk and are in use as they were. */
  get restartNeeded(): readonly string[] {
    return this.#module?.restartNeeded ?? [];
  }

  /**
   * Loads the code, checks the configuration and runs `setup`. When any of it fails, what was done is undone.
   * @throws LoomError
   */
  async build(): Promise<void> {
    try {
      const plugin = this.#options.plugin ?? (await this.#load());
      const config = await this.#inTime(() => validConfig(plugin, this.#options.config, this.manifest.id));
      await this.#setUp(plugin, config);
    } catch (error) {
      await this.close();
      throw this.#explain(error);
    }
  }

  /** Starts what was held back until its entries are live. */
  goLive(): void {
    const waiting = this.#whenLive ?? [];
    this.#whenLive = null;
    this.#own.start();
    for (const start of waiting) start();
  }

  /** Gives back everything. Answers what could not be, in words. */
  async close(budgetMs?: number): Promise<readonly string[]> {
    const failures = await this.#parts.guard.run(this.runner, () => this.#scope.close(budgetMs));
    this.#module?.dispose();
    this.#module = null;
    return failures;
  }

  async #load(): Promise<Plugin> {
    const { guard, modules } = this.#parts;
    const { folder, onFailure } = this.#options;
    this.#module = await modules.load(await this.#entry(), {
      root: folder,
      run: (fn) => guard.run(this.runner, fn),
      onTimerError: (error) => onFailure("timer", error),
    });
    const plugin = (this.#module.exports as { default?: Partial<Plugin> } | undefined)?.default;
    if (typeof plugin?.setup === "function") return plugin as Plugin;
    throw new LoomError("PLUGIN_INVALID", "Its module has no default export made by definePlugin({ setup }).");
  }

  async #entry(): Promise<string> {
    for (const name of this.manifest.main ? [this.manifest.main] : ["index.ts", "index.js", "index.cjs"]) {
      const path = join(this.folder, name);
      if (await access(path).then(() => true, () => false)) return path;
    }
    throw new LoomError("PLUGIN_INVALID", `The folder has no ${this.manifest.main ?? "index.ts or index.js"}.`);
  }

  async #setUp(plugin: Plugin, config: unknown): Promise<void> {
    const context = createContext({
      ...this.#parts,
      log: this.#log,
      runner: this.runner,
      config,
      scope: this.#scope,
      holding: this.holding,
      ownStrands: this.#own,
      whenLive: (fn) => (this.#whenLive ? void this.#whenLive.push(fn) : fn()),
      onNotice: (notice) => {
        // Told at each look by some, though it is the same.
        if (isDeepStrictEqual(notice, this.notice)) return;
        this.notice = notice;
        this.#options.onNotice();
      },
      onFailure: this.#options.onFailure,
    });
    await this.#inTime(async () => plugin.setup(context));
    this.#options.signal.throwIfAborted();
  }

  /** What the plugin's own code answers: the gateway is not ready before that. */
  #inTime<T>(act: () => Promise<T>): Promise<T> {
    const { clock, guard } = this.#parts;
    const late = (): Error => new LoomError("PLUGIN_SETUP_TIMEOUT", `Its setup did not finish within ${SETUP_DEADLINE_MS / 1000} s.`);
    return within(clock, SETUP_DEADLINE_MS, late, () => guard.run(this.runner, act), this.#options.signal);
  }

  #explain(error: unknown): LoomError {
    if (isLoomError(error)) return error;
    const path = placeIn(error, this.folder);
    const problems: Problem[] = path ? [{ path, message: messageOf(error) }] : [];
    return new LoomError("PLUGIN_SETUP_FAILED", messageOf(error), { problems, cause: error });
  }
}

async function validConfig(plugin: Plugin, given: unknown, id: string): Promise<unknown> {
  if (!plugin.config) return freeze(given ?? {});
  const result = await plugin.config["~standard"].validate(given ?? {});
  if (!result.issues) return freeze(result.value);
  const problems = result.issues.map(({ path = [], message }) => ({
    path: ["plugins", id, "config", ...path.map((key) => String(typeof key === "object" ? key.key : key))].join("."),
    message,
  }));
  throw new LoomError("CONFIG_INVALID", problems.map(({ path, message }) => `${path}: ${message}`).join("; "), { problems });
}

/** Plain objects and arrays all the way down; what else a schema makes of a value is the plugin's own. */
function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
