import { fileURLToPath } from "node:url";
import type { Clock } from "./clock/clock.ts";
import { systemClock, systemUptimeMs } from "./clock/system.ts";
import { heartbeat } from "./cluster/heartbeat.ts";
import { CommandService } from "./command/service.ts";
import { wovenCommands } from "./command/woven.ts";
import { announce, thisGateway } from "./config/gatewayFile.ts";
import { followToken, homePath, openHome, openToken, type Home } from "./config/home.ts";
import { loadConfig, type Config, type Flags } from "./config/load.ts";
import { openNode, type NodeIdentity } from "./config/node.ts";
import { createEventBus } from "./events/bus.ts";
import { pruneEvents } from "./events/prune.ts";
import { createHttp } from "./http/app.ts";
import { ownPage } from "./http/page/pageFiles.ts";
import { newId } from "./ids/uuid.ts";
import * as publicContract from "./index.ts";
import { createLog } from "./log/createLog.ts";
import type { Log } from "./log/log.ts";
import { createRedactor, type Redactor } from "./log/redact.ts";
import { giveBackMemory } from "./memory.ts";
import { MirrorService } from "./mirror/service.ts";
import { createModuleLoader } from "./modules/loader.ts";
import { ownFile } from "./ownFiles.ts";
import { PartStarts } from "./parts/partStarts.ts";
import { pruneOccurrences } from "./occurrence/prune.ts";
import { OccurrenceService } from "./occurrence/service.ts";
import type { Executor } from "./plugin/contract.ts";
import { createPluginHost, type PluginHost } from "./plugin/host.ts";
import { createRegistry, type Registry } from "./registry/registry.ts";
import { StrandIndex } from "./registry/strandIndex.ts";
import { AfterTriggers } from "./run/trigger/afterTriggers.ts";
import { kernelExecutors } from "./run/kernel/kernelExecutors.ts";
import { PauseService } from "./run/pause/service.ts";
import { GIVE_UP_MS, RunService } from "./run/service.ts";
import { Ticker } from "./run/trigger/ticker.ts";
import { createWebhooks } from "./run/trigger/webhooks.ts";
import type { Store } from "./store/contract.ts";
import { lockHome } from "./store/sqlite/homeLock.ts";
import { openSqliteStore, storeModules } from "./store/sqlite/open.ts";
import { removeLeftRestore } from "./store/sqlite/restore.ts";
import { Thread } from "./threads/thread.ts";
import { loomVersion } from "./version.ts";
import type { IsolateLimits } from "./workflow/isolate/contract.ts";
import { createIsolates } from "./workflow/isolate/isolates.ts";
import { createLibrary } from "./workflow/library.ts";

export interface GatewayOptions {
  /** LOOM_HOME; default: the environment's, else `~/.loom`. */
  readonly home?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags?: Flags;
}

export interface Gateway {
  /**
   * Listens, then loads the plugins. Answers once it listens; `proxiedLink` signs in through the proxy, where there is one; `sharedMachine` as it is set.
   * @throws LoomError PORT_IN_USE, CONFIG_INVALID for an address that is not this machine's; the gateway is stopped then
   */
  start(): Promise<{ readonly address: string; readonly signInLink: string; readonly proxiedLink: string | null; readonly sharedMachine: boolean }>;
  /** Stops in the opposite order; nothing acknowledged is lost. Stopping twice is allowed. */
  stop(): Promise<void>;
  /** Whether a plugin is to blame for this error that nobody caught; it is logged and counted against it then. */
  blame(error: unknown): boolean;
  readonly log: Log;
}

/**
 * Builds a gateway on a home: the only place where the parts of Loom are put together.
 * @throws LoomError HOME_UNSAFE, HOME_IN_USE, CONFIG_INVALID, STORE_*, SCHEMA_TOO_NEW; nothing is left open then
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  await using unwind = new AsyncDisposableStack();
  // First of all, since it takes the longest to start, and can do so meanwhile.
  const thread = unwind.adopt(new Thread("loom-helper", storeModules()), (running) => running.end());
  const home = await openHome(options.home ?? homePath(options.env));
  const lock = unwind.adopt(lockHome(home.file("lock.db")), (held) => held.release());
  await removeLeftRestore(home.file("loom.db"));
  const { config, env } = await loadConfig({ home: home.path, env: options.env, ...(options.flags && { flags: options.flags }) });
  const [identity, token] = await Promise.all([openNode(home, systemClock), openToken(home)]);
  const redactor = createRedactor(env);
  redactor.learn(token);
  const log = createLog({ ...config.log, clock: systemClock, redactor });
  const keep = { outputTailBytes: config.keep.outputBytes, fullOutputBytes: config.keep.fullOutputBytes, stepOutputBytes: config.keep.stepOutputBytes };
  const store = unwind.adopt(await openSqliteStore({ thread, file: home.file("loom.db"), keep }), (open) => open.close());
  const gateway = assemble({ home, config, env, identity, log, redactor, thread, store, describe: (address) => lock.describe(address) });
  const held = unwind.move();
  const stop = once(async () => { try { await gateway.stop(); } finally { await held.disposeAsync(); } });
  const start = (): ReturnType<Gateway["start"]> => gateway.start().catch(async (error: unknown) => { await stop(); throw error; });
  return { ...gateway, start, stop };
}

interface Parts {
  readonly home: Home;
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly identity: NodeIdentity;
  readonly log: Log;
  readonly redactor: Redactor;
  /** For all that must not hold up the event loop, or must go on while that is held up. */
  readonly thread: Thread;
  readonly store: Store;
  /** Tells a second gateway on this home where the first one is. */
  describe(address: string): void;
}

function assemble({ home, config, env, identity, log, redactor, thread, store, describe }: Parts): Gateway {
  const clock = systemClock;
  const hostZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const startedAt = clock.now();
  const registry = createRegistry({ log });
  const bus = createEventBus({ clock, log });
  const index = new StrandIndex(store, log, clock);
  const redact = (text: string): string => redactor.text(text);
  const outputBytes = Math.max(config.keep.outputBytes, config.keep.fullOutputBytes);
  const mirrors = new MirrorService({ sources: registry.sources, store, clock, log, nodeId: identity.id, redact, outputBytes });
  const { library, runs, ticker, followers } = assembleWeaving({ home, config, env, identity, log, redactor, store }, { clock, registry, index, hostZone, startedAt });
  const commands = new CommandService({ store, index, mirror: (id) => mirrors.mirror(id), woven: wovenCommands({ runs, weave: store.weave, driven: store.driven, clock }), clock, log });
  const askWaitMs = (sourceId: string, ahead: number): number | null => mirrors.mirror(sourceId)?.source.askWaitMs?.("setEnabled", ahead) ?? null;
  const pauses = new PauseService({ store, commands, index, askWaitMs, clock, log });
  const occurrences = new OccurrenceService({ store, index, mirror: (id) => mirrors.mirror(id), clock, uptimeMs: systemUptimeMs, log });
  const modules = createModuleLoader({ hostModules: { "loom-gateway": publicContract }, clock });
  const plugins = createPluginHost({
    registry,
    redact,
    modules,
    clock,
    thread,
    log,
    events: bus,
    kv: store.kv,
    node: identity,
    home: home.path,
    shipped: fileURLToPath(ownFile("plugins")),
    packages: config.packages,
    settings: (id) => config.plugins[id] ?? { enabled: true, config: {} },
  });
  let ready = false;
  const http = createHttp({
    services: {
      store,
      index,
      commands,
      runs,
      library,
      webhooks: createWebhooks({ index, runs, env, clock, log }),
      pauses,
      sources: mirrors,
      plugins,
      routes: registry.routes,
      widgets: registry.widgets,
      node: identity,
      redact,
      hostZone,
      version: loomVersion(),
      startedAt,
      adminToken: followToken(home, (made) => redactor.learn(made)),
      ready: () => ready,
    },
    config,
    page: ownPage(),
    log,
    clock,
  });
  const stopping = new AbortController();
  const parts = new PartStarts(clock, log, stopping.signal);
  const running = new DisposableStack();
  let takeBack = (): Promise<boolean> => Promise.resolve(true);
  let loading: Promise<void> = Promise.resolve();

  const load = async (): Promise<void> => {
    // Before anything is looked at, and after what people wait for: every strand is judged then, at about a millisecond each.
    await parts.begin("firings", () => occurrences.start());
    register(registry, kernelExecutors({ store, mirrors, clock, keep: config.keep, backups: home.file("backups") }));
    await Promise.all([plugins.start(), library.start()]);
    await parts.begin("sources", () => mirrors.sweep((id) => plugins.list().some((plugin) => plugin.id === id && plugin.state !== "disabled")));
    await parts.begin("commands", () => commands.start());
    await runs.recover();
    await parts.begin("pauses", () => pauses.start());
    ticker.start();
    await parts.begin("followers", () => followers.start());
    running.use(giveBackMemory((ms, fn) => clock.timer(ms, fn)));
    ready = await parts.all();
  };

  return {
    log,
    blame: (error) => plugins.blame(error) !== null,
    async start() {
      await index.start();
      mirrors.start();
      running.defer(store.onCommit((events) => bus.publish(events)));
      running.defer(index.on(({ events }) => events.forEach(({ type, strandId }) => type === "strand.resumed" && strandId !== null && runs.resumed(strandId))));
      running.use(tellOfStore(store, log));
      running.use(tellOfPlugins(plugins, store, clock.now, log));
      running.use(heartbeat({ nodes: store.nodes, identity, loomVersion: loomVersion(), clock, log }));
      running.use(pruneEvents({ events: store.events, keep: config.keep.events, clock, log }));
      running.use(pruneOccurrences({ store, clock, log }));
      const { address } = await http.listen();
      describe(address);
      takeBack = await announce(thisGateway(address, new Date(startedAt).toISOString()), { home, clock, log });
      loading = load().catch((error: unknown) => {
        log.error("Loom could not get ready", { error });
        runs.fail(error);
      });
      log.info("Loom listens", { address });
      const signInLink = http.signInLink();
      const proxiedLink = config.proxy ? signInLink.replace(new URL(signInLink).origin, config.proxy.origin) : null;
      return { address, signInLink, proxiedLink, sharedMachine: config.sharedMachine };
    },
    async stop() {
      ready = false;
      stopping.abort();
      await http.close({ keepsPort: !(await takeBack()) });
      // What they wait for, such as room on a full disk, may never come.
      using _patience = clock.timer(GIVE_UP_MS, () => [runs, library].forEach((one) => one.giveUp()));
      const followed = followers.stop();
      await loading;
      await ticker.stop();
      await followed;
      await pauses.stop();
      await commands.stop();
      await runs.stop();
      await library.stop();
      await occurrences.stop();
      await mirrors.stop();
      await plugins.stop();
      await modules.dispose();
      running.dispose();
      await index.stop();
    },
  };
}

/** What loads workflows, starts them and drives their runs. */
function assembleWeaving(
  { home, config, env, identity, log, redactor, store }: Omit<Parts, "thread" | "describe">,
  { clock, registry, index, hostZone, startedAt }: { readonly clock: Clock; readonly registry: Registry; readonly index: StrandIndex; readonly hostZone: string; readonly startedAt: number },
) {
  const { weave, strands, driven, events, kv } = store;
  const bootId = newId(clock);
  const roots = { shipped: fileURLToPath(ownFile(".")), home: home.path };
  const redact = (text: string): string => redactor.text(text);
  const library = createLibrary({ roots, weave, strands, kv, nodeId: identity.id, bootId, env, redact, clock, log, hostZone, tell: (event) => events.append(event) });
  const runs = new RunService({
    driven,
    weave,
    library,
    registry,
    isolates: createIsolates({ clock, log, nodeId: identity.id, bootId, env, egress: config.egress.allow, limits: limitsOf(config.isolation) }),
    clock,
    log,
    node: { ...identity, tags: config.tags },
    bootId,
    redactor,
    heldBy: (id) => index.strand(id)?.paused?.by ?? null,
  });
  const run = (id: string): ReturnType<Store["runs"]["get"]> => store.runs.get(id);
  const ticker = new Ticker({ index, strands, weave, runs, run, clock, log, upSince: startedAt });
  const followers = new AfterTriggers({ index, events, kv, runs, run, clock, log });
  return { library, runs, ticker, followers };
}

/** Offers what the gateway itself can do beside what plugins offer. */
function register(registry: Registry, executors: readonly Executor[]): void {
  const kernel = registry.stage({ plugin: "loom", generation: 0 });
  for (const executor of executors) kernel.add("executors", executor);
  registry.swap(null, kernel);
}

function limitsOf({ processes, threadsPerProcess, heapMb, memoryMb, blockedSeconds, programEnv }: Config["isolation"]): Partial<IsolateLimits> {
  return { hosts: processes, threadsPerHost: threadsPerProcess, heapMb, memoryMb, blockedMs: blockedSeconds * 1_000, programEnv };
}

/** Says once when the store cannot do its work, and once when it can again. */
function tellOfStore({ health }: Store, log: Log): Disposable {
  return health.on((trouble) => (trouble ? log.error("the store is in trouble", { code: trouble.code, reason: trouble.message }) : log.info("the store is well again")));
}

/** Puts every change of a plugin's state into the numbered events, so that open pages hear of it. */
function tellOfPlugins(plugins: PluginHost, store: Store, now: () => number, log: Log): Disposable {
  return plugins.on(({ plugin, from, to }) => {
    store.events.append({ at: now(), type: "plugin.changed", data: { plugin, from, to } }).catch((error: unknown) => log.warn("a plugin's change could not be told", { error }));
  });
}

function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null;
  return () => (done ??= act());
}
