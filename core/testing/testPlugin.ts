import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { createEventBus } from "../events/bus.ts";
import * as loom from "../index.ts";
import type { Json, Snapshot, Source } from "../mirror/contract.ts";
import { createModuleLoader } from "../modules/loader.ts";
import type { Executor, LoomEvent, Manifest, Notice, Operation, Plugin, Route, StrandDefinition, Token, Widget } from "../plugin/contract.ts";
import { Generation } from "../plugin/generation.ts";
import { Guard } from "../plugin/guard.ts";
import { Leaks } from "../plugin/leaks.ts";
import { parseManifest } from "../plugin/manifest.ts";
import { createRegistry, type Items, type KindName } from "../registry/registry.ts";
import { FakeClock } from "./fakeClock.ts";
import { quietLog } from "./quietLog.ts";

export interface TestPluginOptions {
  /** What `plugins.<id>.config` would hold. */
  readonly config?: unknown;
  /** Its id, when no folder tells it. Default `test-plugin`. */
  readonly id?: string;
  /** Services of other plugins, by token name. */
  readonly services?: Readonly<Record<string, unknown>>;
  /** Default: a new one, standing still. */
  readonly clock?: FakeClock;
}

/** A plugin that is set up as in the gateway, with a clock that the test moves. */
export interface TestedPlugin extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly sources: readonly Source[];
  readonly strands: readonly StrandDefinition[];
  readonly executors: readonly Executor[];
  readonly operations: readonly Operation[];
  readonly routes: readonly Route[];
  readonly widgets: readonly Widget[];
  /** What it told people, the newest last; null: it took the notice back. */
  readonly notices: readonly (Notice | null)[];
  /** What its listeners, tasks and timers threw. */
  readonly failures: readonly unknown[];
  /** The service that it provides under a token. */
  get<T>(token: Token<T>): T | undefined;
  /** A full look at its one source, or at the one with this label. */
  snapshot(label?: string): Promise<Snapshot>;
  /** Hands it a committed event. Resolves when its listeners have begun. */
  emit(event: Partial<LoomEvent> & { readonly type: string }): Promise<void>;
  /** Lets time pass: its timers fire. */
  advance(ms: number): Promise<void>;
  unload(): Promise<void>;
  /** After `unload`: what it left behind, in words. A good plugin leaves nothing. */
  readonly leaks: readonly string[];
}

/**
 * Sets a plugin up for a test.
 * @param plugin its folder, or what its module exports by default
 * @throws LoomError as the gateway would show it: PLUGIN_INVALID, CONFIG_INVALID, PLUGIN_SETUP_FAILED …
 */
export async function testPlugin<Config>(plugin: string | Plugin<Config>, options: TestPluginOptions = {}): Promise<TestedPlugin> {
  const { clock = new FakeClock(), id = "test-plugin", services = {} } = options;
  const folder = typeof plugin === "string" ? resolve(plugin) : tmpdir();
  const manifest = typeof plugin === "string" ? parseManifest(await readFile(join(folder, "manifest.json"), "utf8"), basename(folder)) : bareManifest(id);
  const guard = new Guard();
  const leakWatch = new Leaks(guard);
  const registry = createRegistry({ log: quietLog });
  const events = createEventBus({ clock, log: quietLog });
  const modules = createModuleLoader({ hostModules: { "loom-gateway": loom, "loom-gateway/testing": { FakeClock } }, clock });
  const others = registry.stage({ plugin: "others", generation: 1 });
  for (const [name, service] of Object.entries(services)) others.add("services", service, name);
  registry.swap(null, others);

  const notices: (Notice | null)[] = [];
  const failures: unknown[] = [];
  const leaks: string[] = [];
  const generation = new Generation(
    { registry, modules, clock, log: quietLog, events, values: memoryValues(), node: { id: "test-node", name: "test" }, home: folder, guard },
    {
      manifest,
      folder,
      number: 1,
      config: options.config,
      past: new Map(),
      signal: new AbortController().signal,
      onNotice: () => notices.push(generation.notice),
      onFailure: (_what, error) => failures.push(error),
      ...(typeof plugin === "string" ? {} : { plugin: plugin as Plugin }),
    },
  );
  try {
    await generation.build();
  } finally {
    await modules.dispose();
  }
  registry.swap(null, generation.holding);
  generation.goLive();

  let unloaded: Promise<void> | null = null;
  const unload = async (): Promise<void> => {
    registry.remove(generation.holding, "unloaded");
    leaks.push(...(await generation.close()));
    if (clock.pending > 0) leaks.push(`Timers of the clock still pending: ${clock.pending}`);
    leaks.push(...leakWatch.of(generation.runner).map((what) => `It left ${what} open`));
    leakWatch.dispose();
  };
  const items = <K extends KindName>(kind: K): readonly Items[K][] => generation.holding.list(kind).map((entry) => entry.item);
  let seq = 0;
  return {
    clock,
    get sources() { return items("sources"); },
    get strands() { return items("strands"); },
    get executors() { return items("executors"); },
    get operations() { return items("operations"); },
    get routes() { return items("routes"); },
    get widgets() { return items("widgets"); },
    notices,
    failures,
    leaks,
    get: <T>(token: Token<T>) => registry.services.get(token.name)?.item as T | undefined,
    async snapshot(label) {
      const source = items("sources").find((one) => label === undefined || one.label === label);
      if (!source) throw new Error(`The plugin has no source${label === undefined ? "" : ` "${label}"`}`);
      return source.snapshot({ revision: null, signal: AbortSignal.any([]) });
    },
    async emit(event) {
      events.publish([{ seq: (seq += 1), at: clock.now(), strandId: null, runId: null, data: {}, ...event }]);
      await clock.advance(0);
    },
    advance: (ms) => clock.advance(ms),
    unload: () => (unloaded ??= unload()),
    [Symbol.asyncDispose]: () => (unloaded ??= unload()),
  };
}

function bareManifest(id: string): Manifest {
  return { id, name: id, version: "0.0.0", apiVersion: "*" };
}

function memoryValues() {
  const values = new Map<string, Json>();
  return {
    get: async (_plugin: string, key: string) => values.get(key),
    set: async (_plugin: string, key: string, value: Json) => void values.set(key, value),
    delete: async (_plugin: string, key: string) => void values.delete(key),
  };
}
