import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Clock, Timer } from "../clock/clock.ts";
import { LoomError } from "../errors/loomError.ts";
import type { EventBus } from "../events/bus.ts";
import type { Log } from "../log/log.ts";
import type { Json } from "../mirror/contract.ts";
import type { Holding, Items, KindName, Registry } from "../registry/registry.ts";
import { validateSchedule } from "../schedule/validate.ts";
import type { Notice, PluginContext, Registrar, StrandDefinition } from "./contract.ts";
import type { Guard, Runner } from "./guard.ts";
import type { OwnStrands } from "./ownStrands.ts";
import type { Scope } from "./scope.ts";

/** A plugin's values in the store. */
export interface PluginValues {
  get(plugin: string, key: string): Promise<Json | undefined>;
  set(plugin: string, key: string, value: Json): Promise<void>;
  delete(plugin: string, key: string): Promise<void>;
}

export interface ContextOptions {
  readonly runner: Runner;
  readonly config: unknown;
  readonly log: Log;
  readonly clock: Clock;
  readonly node: { readonly id: string; readonly name: string };
  /** LOOM_HOME. */
  readonly home: string;
  readonly scope: Scope;
  readonly guard: Guard;
  readonly registry: Registry;
  readonly holding: Holding;
  readonly ownStrands: OwnStrands;
  readonly events: Pick<EventBus, "on">;
  readonly values: PluginValues;
  /** Calls back once the generation is live; at once when it is. */
  readonly whenLive: (fn: () => void) => void;
  readonly onNotice: (notice: Notice | null) => void;
  readonly onFailure: (what: string, error: unknown) => void;
}

/** Builds what a plugin's `setup` is given. Everything that it takes belongs to the scope. */
export function createContext(options: ContextOptions): PluginContext {
  const { runner, clock, scope, guard, holding, registry, values } = options;
  const id = runner.plugin;

  const registrar = <K extends KindName>(kind: K): Registrar<Items[K]> => ({
    add(item) {
      check(kind, item);
      return scope.adopt(guard.outside(() => holding.add(kind, guard.wrap(runner, item))), kind.slice(0, -1));
    },
  });

  /** Runs a callback of the plugin; what it throws is counted against it and goes no further. */
  const attempt = async (what: string, fn: () => void | Promise<void>): Promise<void> => {
    try {
      await guard.run(runner, fn);
    } catch (error) {
      if (!scope.signal.aborted) options.onFailure(what, error);
    }
  };

  return {
    id,
    config: options.config,
    log: options.log,
    clock,
    signal: scope.signal,
    node: options.node,
    get folder() {
      const folder = join(options.home, "data", id);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      return folder;
    },
    sources: registrar("sources"),
    strands: ownStrandRegistrar(options),
    executors: registrar("executors"),
    operations: registrar("operations"),
    routes: registrar("routes"),
    widgets: registrar("widgets"),
    events: {
      on(type, fn) {
        const onError = (error: unknown): void => options.onFailure(`listener for ${type}`, error);
        const listen = (): Disposable => options.events.on(type, (event) => guard.run(runner, () => fn(event)), onError);
        return scope.adopt(later(options.whenLive, listen), "listener");
      },
    },
    provide: (token, service) => scope.adopt(holding.add("services", service, token.name), "service"),
    get<T>({ name }: { readonly name: string }) {
      const own = holding.list("services").find(({ key }) => key === name);
      return (own ?? registry.services.get(name))?.item as T | undefined;
    },
    every(ms, fn) {
      let timer: Timer | undefined;
      let stopped = false;
      const arm = (): void => {
        if (!stopped) timer = clock.timer(ms, () => void attempt(`task every ${ms} ms`, fn).then(arm));
      };
      options.whenLive(arm);
      return scope.adopt(() => {
        stopped = true;
        timer?.cancel();
      }, "timer");
    },
    after(ms, fn) {
      const running = later(options.whenLive, () => clock.timer(ms, () => {
        handle[Symbol.dispose]();
        void attempt(`task after ${ms} ms`, fn);
      }));
      const handle = scope.adopt(running, "timer");
      return handle;
    },
    defer: (cleanup) => void scope.adopt(cleanup),
    kv: {
      get: (key) => values.get(id, key),
      set: (key, value) => values.set(id, key, value),
      delete: (key) => values.delete(id, key),
    },
    notice: (notice) => {
      if (notice !== null && !isNotice(notice)) throw new LoomError("PLUGIN_INVALID", "A notice needs level (info, warning or error), title and lines, all of them text.");
      if (!scope.signal.aborted) options.onNotice(notice && { level: notice.level, title: notice.title, lines: [...notice.lines] });
    },
  };
}

/** A plugin's own strands form one source, which comes with the first of them. */
function ownStrandRegistrar({ holding, ownStrands, scope, guard, runner }: ContextOptions): Registrar<StrandDefinition> {
  return {
    add(definition) {
      check("strands", definition);
      checkSchedule(definition);
      const { run } = definition;
      const guarded = run ? { ...definition, run: (signal: AbortSignal) => guard.run(runner, () => run(signal)) } : definition;
      const entry = holding.add("strands", guarded);
      const listed = ownStrands.add(guarded);
      if (!holding.list("sources").some(({ item }) => item === ownStrands)) guard.outside(() => holding.add("sources", ownStrands));
      return scope.adopt(() => {
        listed[Symbol.dispose]();
        entry[Symbol.dispose]();
      }, "strand");
    },
  };
}

/** One that cannot be read would never fire, and nobody would know why. */
function checkSchedule({ id, schedule }: StrandDefinition): void {
  const problems = schedule ? validateSchedule(schedule) : [];
  if (problems.length === 0) return;
  const words = problems.map(({ path, message }) => `${path}: ${message}`).join("; ");
  throw new LoomError("PLUGIN_INVALID", `The schedule of the strand "${id}" cannot be used: ${words}`, { problems });
}

/** Starts something once the generation is live, unless it was disposed before. */
function later(whenLive: (fn: () => void) => void, start: () => Disposable): () => void {
  let started: Disposable | undefined;
  let stopped = false;
  whenLive(() => {
    if (!stopped) started = start();
  });
  return () => {
    stopped = true;
    started?.[Symbol.dispose]();
  };
}

const isAbility = (can: unknown): boolean => can === true || isText(can);
const isText = (value: unknown): boolean => typeof value === "string" && value.length > 0;
const isNotice = ({ level, title, lines }: Notice): boolean =>
  ["info", "warning", "error"].includes(level) && isText(title) && Array.isArray(lines) && lines.every((line) => typeof line === "string");
const isFunction = (value: unknown): boolean => typeof value === "function";
const isOperationId = (id: unknown): boolean => /^[a-z0-9-]+\.[a-z0-9-]+$/i.test(String(id));
const isRoutePath = (path: unknown): boolean => /^\/(?!\/)[^?#\s]*$/.test(String(path));

/** What TypeScript would have said to an author who writes JavaScript. */
const checks: { readonly [K in KindName]?: (item: Items[K]) => string | false } = {
  sources: (it) =>
    (!(isText(it.identity) && isText(it.label) && isFunction(it.snapshot)) && "A source needs identity, label and snapshot().") ||
    (!(isAbility(it.can?.setEnabled) && isAbility(it.can?.runNow)) && "A source needs can: { setEnabled, runNow }, each true or the reason why not."),
  strands: (it) => !(isText(it.id) && isText(it.name)) && "A strand needs id and name.",
  executors: (it) => !(isText(it.kind) && isFunction(it.execute)) && "An executor needs kind and execute().",
  operations: (it) => !(isOperationId(it.id) && isFunction(it.run)) && "An operation needs an id such as notify.webhook, and run().",
  routes: (it) => !(isRoutePath(it.path) && isFunction(it.handle)) && "A route needs a path that begins with /, and handle().",
  widgets: (it) => !(isText(it.id) && isText(it.title) && isFunction(it.read)) && "A widget needs id, title and read().",
};

function check<K extends KindName>(kind: K, item: Items[K]): void {
  const wrong = checks[kind]?.(item);
  if (wrong) throw new LoomError("PLUGIN_INVALID", wrong);
}
