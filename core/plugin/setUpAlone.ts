import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import type { Clock } from "../clock/clock.ts";
import type { EventBus } from "../events/bus.ts";
import type { Log } from "../log/log.ts";
import type { Json } from "../mirror/contract.ts";
import { createModuleLoader } from "../modules/loader.ts";
import { createRegistry, type Items, type KindName } from "../registry/registry.ts";
import type { PluginValues } from "./context.ts";
import type { Manifest, Notice, Plugin } from "./contract.ts";
import { Generation } from "./generation.ts";
import { Guard } from "./guard.ts";
import { Leaks } from "./leaks.ts";
import { parseManifest } from "./manifest.ts";

export interface LoneOptions {
  /** Its folder, or what its module exports by default. */
  readonly plugin: string | Plugin;
  /** Its id, when no folder tells it. */
  readonly id: string;
  readonly config: unknown;
  /** What other plugins provide, by token name. */
  readonly services: Readonly<Record<string, unknown>>;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: EventBus;
  readonly hostModules: Readonly<Record<string, object>>;
  readonly onNotice: (notice: Notice | null) => void;
  readonly onFailure: (error: unknown) => void;
}

/** One plugin that is set up without a gateway around it. */
export interface LonePlugin {
  items<K extends KindName>(kind: K): readonly Items[K][];
  /** What is provided under a token's name. */
  service(name: string): unknown;
  /** Unloads it. Answers what it could not give back and what it left open, in words. */
  close(): Promise<readonly string[]>;
}

/**
 * Sets up one plugin with the parts that the gateway uses, for the testing kit.
 * @throws LoomError as the gateway would show it
 */
export async function setUpAlone(options: LoneOptions): Promise<LonePlugin> {
  const { plugin, clock, log, events, hostModules } = options;
  const folder = typeof plugin === "string" ? resolve(plugin) : tmpdir();
  const manifest = typeof plugin === "string" ? await manifestIn(folder) : bareManifest(options.id);
  const guard = new Guard();
  const leaks = new Leaks(guard);
  const registry = createRegistry({ log });
  const others = registry.stage({ plugin: "others", generation: 1 });
  for (const [name, service] of Object.entries(options.services)) others.add("services", service, name);
  registry.swap(null, others);

  const modules = createModuleLoader({ hostModules, clock });
  const parts = { registry, modules, clock, log, events, guard, values: memoryValues(), node: { id: "test-node", name: "test" }, home: folder };
  const generation: Generation = new Generation(parts, {
    manifest,
    folder,
    number: 1,
    config: options.config,
    past: new Map(),
    signal: new AbortController().signal,
    onNotice: () => options.onNotice(generation.notice),
    onFailure: (_what, error) => options.onFailure(error),
    ...(typeof plugin === "string" ? {} : { plugin }),
  });
  try {
    await generation.build();
  } catch (error) {
    leaks.dispose();
    throw error;
  } finally {
    await modules.dispose();
  }
  registry.swap(null, generation.holding);
  generation.goLive();
  return {
    items: (kind) => generation.holding.list(kind).map((entry) => entry.item),
    service: (name) => registry.services.get(name)?.item,
    async close() {
      registry.remove(generation.holding, "unloaded");
      const failures = await generation.close();
      const open = leaks.of(generation.runner).map((what) => `It left ${what} open`);
      leaks.dispose();
      return [...failures, ...open];
    },
  };
}

async function manifestIn(folder: string): Promise<Manifest> {
  return parseManifest(await readFile(join(folder, "manifest.json"), "utf8"), basename(folder));
}

function bareManifest(id: string): Manifest {
  return { id, name: id, version: "0.0.0", apiVersion: "*" };
}

function memoryValues(): PluginValues {
  const values = new Map<string, Json>();
  return {
    get: async (_plugin, key) => values.get(key),
    set: async (_plugin, key, value) => void values.set(key, value),
    delete: async (_plugin, key) => void values.delete(key),
  };
}
