import { brief } from "../brief.ts";
import { isLoomError, LoomError, messageOf } from "../errors/loomError.ts";
import type { RemovalReason } from "../registry/registry.ts";
import type { Found } from "./discover.ts";
import { Generation, type GenerationParts } from "./generation.ts";
import type { Runner } from "./guard.ts";
import type { Leaks } from "./leaks.ts";
import type { OwnPast } from "./ownStrands.ts";
import { SCOPE_BUDGET_MS } from "./scope.ts";
import { moves, type PluginState } from "./states.ts";

/** This many failures within the window, and a plugin is taken out of use. */
const FAILURES = 5;
const FAILURE_WINDOW_MS = 60_000;
/** Connections may need a moment to end after an unload before they count as left behind. */
const LEAK_GRACE_MS = 5_000;
/** Of what it left behind so much is told. */
const MOST_WARNINGS = 20;
const LONGEST_WARNING = 500;

/** What a plugin should be, as of the last look at its folder and its configuration. */
export interface Wanted {
  readonly found: Found;
  readonly enabled: boolean;
  readonly config: unknown;
  /** Why it cannot be set up among the other plugins. */
  readonly problem: LoomError | null;
}

export interface ManagedParts extends GenerationParts {
  readonly leaks: Leaks;
}

/** One plugin's life. Everything that changes it happens one after the other. */
export class ManagedPlugin {
  readonly id: string;
  found: Found;
  state: PluginState = "discovered";
  live: Generation | null = null;
  /** What is wrong now; with a live generation: why the newer one is not in use. */
  error: LoomError | null = null;
  /** When it went live, counted over all plugins; set by the host to stop in reverse. */
  liveSince = 0;
  readonly #parts: ManagedParts;
  readonly #changed: (from: PluginState) => void;
  readonly #past: OwnPast = new Map();
  readonly #left = new Set<string>();
  #wanted: Wanted | null = null;
  /** What was last built or tried, so that nothing is tried twice. */
  #tried: string | null = null;
  #building: { readonly stamp: string; readonly abort: AbortController } | null = null;
  #generations = 0;
  #failures: number[] = [];
  #queue: Promise<void> = Promise.resolve();

  constructor(parts: ManagedParts, found: Found, changed: (plugin: ManagedPlugin, from: PluginState) => void) {
    this.id = found.id;
    this.found = found;
    this.#parts = parts;
    this.#changed = (from) => changed(this, from);
  }

  /** Number of the generation in use, or of the last one. */
  get generation(): number {
    return this.live?.runner.generation ?? this.#generations;
  }

  /** Kept until Loom restarts. */
  #keepWarning(words: string): void {
    this.#left.add(brief(words, LONGEST_WARNING));
    // The newest: one that is saved again and again leaves something each time.
    if (this.#left.size > MOST_WARNINGS) this.#left.delete(this.#left.values().next().value!);
  }

  /** What people should know although it works. */
  get warnings(): string[] {
    const restart = (this.live?.restartNeeded ?? []).map((name) => `Restart Loom: ${name} changed and cannot be loaded again while Loom runs.`);
    return [...restart, ...this.#left];
  }

  /** True once its folder is gone, or the gateway stops. */
  get leaving(): boolean {
    return this.#wanted === null;
  }

  /** Resolves when all that was asked of it so far is done. */
  get settled(): Promise<void> {
    return this.#queue;
  }

  /**
   * Brings the plugin to what it should be.
   * @param after is waited for first: the plugins that provide what it needs
   */
  want(wanted: Wanted, after: readonly Promise<void>[] = []): void {
    this.found = wanted.found;
    this.#wanted = wanted;
    if (this.#building && this.#building.stamp !== stampOf(wanted)) this.#building.abort.abort(new Error("Its files changed meanwhile"));
    this.#enqueue(async () => {
      await Promise.all(after);
      await this.#settle();
    });
  }

  /** Takes it away: its folder is gone, or the gateway stops. */
  leave(reason: RemovalReason, budgetMs?: number): Promise<void> {
    this.#wanted = null;
    this.#building?.abort.abort(new Error("The plugin is taken away"));
    this.#enqueue(async () => {
      const clean = await this.#unload(reason, budgetMs);
      this.#move(clean ? "stopped" : "failed_unload");
    });
    return this.#queue;
  }

  /** Counts a failure of its code outside setup; after the fifth within a minute it is taken out of use. */
  fail(runner: Runner, what: string, error: unknown): void {
    this.#parts.log.error(`The plugin's ${what} failed`, { plugin: this.id, generation: runner.generation, error });
    if (runner.generation !== this.live?.runner.generation) return;
    const now = this.#parts.clock.mono();
    this.#failures = [...this.#failures.filter((at) => at > now - FAILURE_WINDOW_MS), now];
    if (this.#failures.length >= FAILURES) this.#enqueue(() => this.#quarantine(runner, `its ${what}: ${messageOf(error)}`));
  }

  /** It held up the event loop: shown until Loom restarts, and counted. */
  blocked(words: string): void {
    this.#keepWarning(`${words[0]?.toUpperCase()}${words.slice(1)}.`);
    if (this.live) this.fail(this.live.runner, "code", new Error(words));
    this.#changed(this.state);
  }

  #enqueue(act: () => Promise<void>): void {
    const failed = (error: unknown): void => this.#parts.log.error("The plugin host failed", { plugin: this.id, error });
    this.#queue = this.#parts.guard.outside(() => this.#queue.then(act).catch(failed));
  }

  async #settle(): Promise<void> {
    const wanted = this.#wanted;
    if (!wanted) return;
    const { found, enabled, problem } = wanted;
    if (!enabled) {
      this.#tried = null;
      this.error = null;
      await this.#unload("unloaded");
      return this.#move("disabled");
    }
    const error = found.error ?? problem ?? this.#missing(wanted);
    if (error) return this.#reject(error);
    const stamp = stampOf(wanted);
    if (stamp === this.#tried) return;
    this.#tried = stamp;
    await this.#replace(wanted, stamp);
  }

  /** What is in use stays in use. */
  #reject(error: LoomError): void {
    this.#tried = null;
    const known = this.error?.message === error.message;
    this.error = error;
    if (!this.live) return this.#move("rejected");
    if (!known) this.#changed(this.state);
  }

  #missing({ found }: Wanted): LoomError | null {
    const missing = (found.manifest?.needs ?? []).filter((token) => !this.#parts.registry.services.get(token));
    return missing.length === 0 ? null : new LoomError("PLUGIN_INVALID", `It needs ${missing.join(" and ")}: the plugin that provides it is not active.`);
  }

  /** Builds the next generation beside the one in use, then swaps; when that fails nothing has changed. */
  async #replace(wanted: Wanted, stamp: string): Promise<void> {
    const abort = new AbortController();
    this.#building = { stamp, abort };
    if (!this.live) this.#move("setting_up");
    const old = this.live;
    const next = this.#newGeneration(wanted, abort.signal);
    try {
      await next.build();
      this.#swap(old, next);
    } catch (thrown) {
      this.#building = null;
      await next.close();
      // Somebody saved meanwhile, or it is being taken away: what comes next decides.
      if (abort.signal.aborted && this.#tried === stamp) this.#tried = null;
      this.error = toLoomError(thrown);
      this.#parts.log.warn("The plugin could not be loaded", { plugin: this.id, error: thrown });
      this.#watchForLeaks(next.runner);
      if (old) this.#changed(this.state);
      else this.#move("setup_error");
      return;
    }
    this.#building = null;
    if (old) this.#leftBehind(old.runner, await old.close());
  }

  #newGeneration({ found, config }: Wanted, signal: AbortSignal): Generation {
    const generation: Generation = new Generation(this.#parts, {
      manifest: found.manifest!,
      folder: found.folder,
      number: (this.#generations += 1),
      config,
      past: this.#past,
      signal,
      onNotice: () => {
        if (this.live === generation) this.#changed(this.state);
      },
      onFailure: (what, error) => this.fail(generation.runner, what, error),
    });
    return generation;
  }

  #swap(old: Generation | null, next: Generation): void {
    this.#parts.registry.swap(old?.holding ?? null, next.holding);
    this.live = next;
    this.error = null;
    this.#failures = [];
    next.goLive();
    if (old) this.#changed(this.state);
    else this.#move("active");
  }

  async #quarantine(runner: Runner, why: string): Promise<void> {
    if (this.live?.runner !== runner) return;
    this.error = new LoomError("PLUGIN_QUARANTINED", `It failed ${FAILURES} times within ${FAILURE_WINDOW_MS / 1000} s, last in ${why}`);
    this.#parts.log.error("The plugin is taken out of use", { plugin: this.id, error: this.error });
    await this.#unload("quarantined");
  }

  /** True when it left nothing undone. */
  async #unload(reason: RemovalReason, budgetMs = SCOPE_BUDGET_MS): Promise<boolean> {
    const { live } = this;
    if (!live) return true;
    this.#parts.registry.remove(live.holding, reason);
    this.#move(reason === "quarantined" ? "quarantined" : "stopping");
    const failures = await live.close(budgetMs);
    this.live = null;
    this.#leftBehind(live.runner, failures);
    if (reason === "unloaded") this.#past.clear();
    return failures.length === 0;
  }

  #leftBehind(runner: Runner, failures: readonly string[]): void {
    for (const failure of failures) this.#keepWarning(`Generation ${runner.generation} did not unload cleanly. ${failure}`);
    if (failures.length > 0) this.#changed(this.state);
    this.#watchForLeaks(runner);
  }

  #watchForLeaks(runner: Runner): void {
    const { clock, leaks, log } = this.#parts;
    if (leaks.of(runner).length === 0) return leaks.forget(runner);
    clock.timer(LEAK_GRACE_MS, () => {
      const open = leaks.of(runner);
      leaks.forget(runner);
      if (open.length === 0) return;
      for (const what of open) this.#keepWarning(`Generation ${runner.generation} left ${what} open.`);
      log.warn("The plugin left something open when it was unloaded", { plugin: this.id, open });
      this.#changed(this.state);
    });
  }

  #move(to: PluginState): void {
    const from = this.state;
    if (from === to) return;
    if (!moves[from].includes(to)) throw new Error(`A plugin cannot go from ${from} to ${to}`);
    this.state = to;
    this.#changed(from);
  }
}

function stampOf({ found, config }: Wanted): string {
  return JSON.stringify([found.folder, found.stamp, config ?? null]);
}

function toLoomError(error: unknown): LoomError {
  return isLoomError(error) ? error : new LoomError("PLUGIN_SETUP_FAILED", messageOf(error), { cause: error });
}
