import { createEventBus } from "../events/bus.ts";
import * as loom from "../index.ts";
import type { Snapshot, Source } from "../mirror/contract.ts";
import type { Executor, LoomEvent, Notice, Operation, Plugin, Route, StrandDefinition, Token, Widget } from "../plugin/contract.ts";
import { setUpAlone } from "../plugin/setUpAlone.ts";
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
  const { clock = new FakeClock(), id = "test-plugin", services = {}, config } = options;
  const events = createEventBus({ clock, log: quietLog });
  const notices: (Notice | null)[] = [];
  const failures: unknown[] = [];
  const leaks: string[] = [];
  const alone = await setUpAlone({
    plugin: plugin as string | Plugin,
    id,
    config,
    services,
    clock,
    log: quietLog,
    events,
    hostModules: { "loom-gateway": loom },
    onNotice: (notice) => notices.push(notice),
    onFailure: (error) => failures.push(error),
  });

  let unloaded: Promise<void> | null = null;
  const unload = (): Promise<void> =>
    (unloaded ??= alone.close().then((left) => {
      leaks.push(...left);
      if (clock.pending > 0) leaks.push(`Timers of the clock still pending: ${clock.pending}`);
    }));
  let seq = 0;
  return {
    clock,
    get sources() {
      return alone.items("sources");
    },
    get strands() {
      return alone.items("strands");
    },
    get executors() {
      return alone.items("executors");
    },
    get operations() {
      return alone.items("operations");
    },
    get routes() {
      return alone.items("routes");
    },
    get widgets() {
      return alone.items("widgets");
    },
    notices,
    failures,
    leaks,
    get: <T>(token: Token<T>) => alone.service(token.name) as T | undefined,
    async snapshot(label) {
      const source = alone.items("sources").find((one) => label === undefined || one.label === label);
      if (!source) throw new Error(`The plugin has no source${label === undefined ? "" : ` "${label}"`}`);
      return source.snapshot({ revision: null, signal: AbortSignal.any([]) });
    },
    async emit(event) {
      events.publish([{ seq: (seq += 1), at: clock.now(), strandId: null, runId: null, data: {}, ...event }]);
      await clock.advance(0);
    },
    advance: (ms) => clock.advance(ms),
    unload,
    [Symbol.asyncDispose]: unload,
  };
}
