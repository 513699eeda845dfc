import type { Clock } from "../../core/clock/clock.ts";
import { systemClock } from "../../core/clock/system.ts";
import { createEventBus, type EventBus } from "../../core/events/bus.ts";
import type { PluginInfo } from "../../core/plugin/info.ts";
import * as loom from "../../core/index.ts";
import type { Log } from "../../core/log/log.ts";
import type { Json } from "../../core/mirror/contract.ts";
import { createModuleLoader, type ModuleLoader } from "../../core/modules/loader.ts";
import type { PluginValues } from "../../core/plugin/context.ts";
import { createPluginHost, type PluginChange, type PluginHost, type PluginHostOptions } from "../../core/plugin/host.ts";
import { createRegistry, type Registry } from "../../core/registry/registry.ts";
import { Thread } from "../../core/threads/thread.ts";
import { quietLog } from "../../core/testing/quietLog.ts";
import { makeFolder, type Folder } from "./folder.ts";

/** A plugin host of its own, on a LOOM_HOME of its own, without a store. */
export interface HostFixture extends AsyncDisposable {
  readonly home: Folder;
  readonly host: PluginHost;
  readonly registry: Registry;
  readonly bus: EventBus;
  readonly modules: ModuleLoader;
  /** Every message of level warn and error, with its error's words. */
  readonly complaints: string[];
  /** What the host told of, as `id from→to`. */
  readonly changes: string[];
  /** Writes plugins by id: files by name, or the body of setup(ctx). */
  write(plugins: Readonly<Record<string, string | Readonly<Record<string, string>>>>): Promise<void>;
  info(id: string): PluginInfo | undefined;
  /** Resolves once the condition holds; looked at after each change that the host tells of. */
  until(holds: () => boolean): Promise<void>;
}

export function manifest(id: string, more: object = {}): string {
  return JSON.stringify({ id, name: `Plugin ${id}`, version: "1.0.0", apiVersion: "^1.0.0", ...more });
}

/** The files of a plugin whose `setup` has this body. */
export function plugin(id: string, setup: string, more: object = {}): Record<string, string> {
  return {
    "manifest.json": manifest(id, more),
    "index.ts": `import { definePlugin, defineToken } from "loom-gateway";\nexport default definePlugin({ async setup(ctx) {\n${setup}\n} });\n`,
  };
}

export async function makeHost({ watchdog = false, ...options }: Partial<PluginHostOptions> & { readonly clock?: Clock; readonly watchdog?: boolean } = {}): Promise<HostFixture> {
  const home = await makeFolder();
  const complaints: string[] = [];
  const complain = (message: string, fields?: { readonly error?: unknown }): void => {
    complaints.push(fields?.error === undefined ? message : `${message}: ${loom.messageOf(fields.error)}`);
  };
  const log: Log = { ...quietLog, warn: complain, error: complain, child: () => log };
  const clock = options.clock ?? systemClock;
  const registry = createRegistry({ log });
  const modules = createModuleLoader({ hostModules: { "loom-gateway": loom }, clock: systemClock });
  const bus = createEventBus({ clock, log });
  const node = { id: "node-1", name: "here" };
  const thread = watchdog ? new Thread("watchdog") : null;
  const host = createPluginHost({
    registry, modules, clock, log, events: bus, kv: memoryValues(), node, home: home.path, shipped: null, watch: false, thread, redact: (text) => text, ...options,
  });
  const changes: string[] = [];
  host.on(({ plugin: id, from, to }: PluginChange) => void changes.push(`${id} ${from}→${to}`));
  return {
    home, host, registry, bus, modules, complaints, changes,
    async write(plugins) {
      for (const [id, files] of Object.entries(plugins)) {
        const all = typeof files === "string" ? plugin(id, files) : files;
        await home.write(Object.fromEntries(Object.entries(all).map(([name, text]) => [`plugins/${id}/${name}`, text])));
      }
    },
    info: (id) => host.list().find((one) => one.id === id),
    until(holds) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = (): void => {
        if (holds()) resolve();
      };
      const listening = [host.on(look), registry.sources.on({ added: look, replaced: look, removed: look })];
      look();
      return promise.finally(() => listening.forEach((one) => one[Symbol.dispose]()));
    },
    async [Symbol.asyncDispose]() {
      await host.stop();
      await modules.dispose();
      await thread?.end();
      await home[Symbol.asyncDispose]();
    },
  };
}

function memoryValues(): PluginValues {
  const values = new Map<string, Json>();
  return {
    get: async (id, key) => values.get(`${id}/${key}`),
    set: async (id, key, value) => void values.set(`${id}/${key}`, value),
    delete: async (id, key) => void values.delete(`${id}/${key}`),
  };
}
