import type { Clock } from "../clock/clock.ts";
import type { Log } from "../log/log.ts";
import type { Json, JsonObject, Source } from "../mirror/contract.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { StandardSchema } from "./standardSchema.ts";

/** The version of this contract; a manifest's `apiVersion` is a semver range that must include it. */
export const PLUGIN_API_VERSION = "1.0.0";

/** `manifest.json`, read and validated before any code of the plugin is loaded. */
export interface Manifest {
  /** `^[a-z0-9][a-z0-9-]*$`, and the name of the folder. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly description?: string;
  /** File with the default export, relative to the folder. Default `index.ts`, then `index.js` and `index.cjs`. */
  readonly main?: string;
  /** Names of the service tokens that it provides and needs; a plugin is set up after those that provide what it needs. */
  readonly provides?: readonly string[];
  readonly needs?: readonly string[];
  /** What it does outside Loom (`exec`, `net`, `fs`, …), shown to people. Plugins are trusted code: this is not a sandbox. */
  readonly permissions?: readonly string[];
}

/** A plugin's default export, made by `definePlugin`. */
export interface Plugin<Config = unknown> {
  /** Any Standard Schema (zod, valibot, arktype …) for `plugins.<id>.config` in `config.json`. */
  readonly config?: StandardSchema<Config>;
  /** Registers everything through `ctx`. There is no teardown: what was registered goes when the plugin is unloaded. */
  setup(ctx: PluginContext<Config>): void | Promise<void>;
}

/** Names a service that one plugin provides and others use. */
export interface Token<T> {
  readonly name: string;
  /** Carries the type only; never set. */
  readonly type?: T;
}

export interface PluginContext<Config = unknown> {
  readonly id: string;
  /** The validated configuration, frozen. */
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  /** Aborts when unloading begins. */
  readonly signal: AbortSignal;
  readonly node: { readonly id: string; readonly name: string };
  /** LOOM_HOME's folder for this plugin's own files; made on first use. */
  readonly folder: string;

  readonly sources: Registrar<Source>;
  readonly strands: Registrar<StrandDefinition>;
  readonly executors: Registrar<Executor>;
  readonly operations: Registrar<Operation>;
  readonly routes: Registrar<Route>;
  readonly widgets: Registrar<Widget>;

  readonly events: {
    /**
     * Calls `fn` after each committed event of this type (`run.finished`, or `*` for all). A run has one `run.finished`;
     * what is told of its end later comes as `run.corrected`.
     */
    on(type: string, fn: (event: LoomEvent) => void | Promise<void>): Disposable;
  };

  /** Offers a service under a token; taken away at unload. */
  provide<T>(token: Token<T>, service: T): Disposable;
  /** The service under a token, or undefined when no plugin provides it now. Do not keep it: ask again each time. */
  get<T>(token: Token<T>): T | undefined;

  /** Clock-driven work that never overlaps itself; what it throws is counted against the plugin. */
  every(ms: number, fn: () => void | Promise<void>): Disposable;
  after(ms: number, fn: () => void | Promise<void>): Disposable;
  /** Adopts anything disposable, or a clean-up function. */
  defer(cleanup: Disposable | AsyncDisposable | (() => void | Promise<void>)): void;

  /** A small durable value of this plugin's own. */
  readonly kv: {
    get(key: string): Promise<Json | undefined>;
    set(key: string, value: Json): Promise<void>;
    delete(key: string): Promise<void>;
  };

  /** Says on the page and in `loom doctor` how the plugin is; `lines` tell what was found and what to do. Null clears it. */
  notice(notice: Notice | null): void;
}

export interface Registrar<T> {
  /** Adds; the answer takes it away again before the unload would. */
  add(item: T): Disposable;
}

export interface Notice {
  readonly level: "info" | "warning" | "error";
  readonly title: string;
  readonly lines: readonly string[];
}

/** A strand that the plugin itself owns. It is mirrored like any other job, with the plugin as its owner. */
export interface StrandDefinition {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  /** Default: only by hand. */
  readonly schedule?: Schedule;
  readonly steps?: readonly { readonly id: string; readonly label: string }[];
  readonly enabled?: boolean;
  /**
   * Does the work, on the schedule and when a person asks for it; what it returns is kept as output, what it throws as
   * the reason of a failed run. The signal aborts when the plugin is unloaded. Without `run` the strand only tells.
   */
  readonly run?: (signal: AbortSignal) => Promise<string | void>;
}

/** Performs steps of one kind. */
export interface Executor {
  readonly kind: string;
  /** What happens to a step that was running when the gateway died. */
  readonly recovery: "retry" | "reattach" | "crash";
  execute(task: { readonly input: Json; readonly idempotencyKey: string; readonly signal: AbortSignal }): Promise<Json | void>;
}

/** A reusable step. */
export interface Operation {
  /** `category.name`. */
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  run(input: Json, ctx: { readonly signal: AbortSignal; readonly log: Log }): Promise<Json | void>;
}

/** An HTTP route under `/plugins/<id>/`, behind the same guards as the API. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Begins with `/`; `:name` parts become `params`. */
  readonly path: string;
  handle(request: RouteRequest): Promise<RouteAnswer> | RouteAnswer;
}
export interface RouteRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Json | undefined;
}
export interface RouteAnswer {
  readonly status?: number;
  readonly body: Json;
}

/** A small table or list on the page: data, never code. */
export interface Widget {
  readonly id: string;
  readonly title: string;
  read(): Promise<readonly WidgetRow[]> | readonly WidgetRow[];
}
export interface WidgetRow {
  readonly label: string;
  readonly value: string;
  readonly level?: "ok" | "warning" | "error";
}

/** A numbered fact, stored in the transaction of the change it tells of. */
export interface LoomEvent {
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly type: string;
  readonly strandId: string | null;
  readonly runId: string | null;
  readonly data: JsonObject;
}

// The tokens that are fixed. Anyone may define more with `defineToken`.

/** Node name → address to reach it at, or null. */
export interface NodeResolver {
  resolve(nodeName: string, signal: AbortSignal): Promise<string | null>;
}
/** Chooses the node for a step, or says why none will do. */
export interface Placement {
  place(step: { readonly requires: readonly string[]; readonly hostHint?: string }, nodes: readonly PlacementNode[]): { readonly nodeId: string } | { readonly reason: string };
}
export interface PlacementNode {
  readonly id: string;
  readonly name: string;
  readonly capabilities: readonly string[];
  readonly healthy: boolean;
}
/** Tells a person something. */
export interface Notifier {
  notify(message: { readonly level: "info" | "warning" | "error"; readonly title: string; readonly text: string; readonly strandId?: string }): Promise<void>;
}
