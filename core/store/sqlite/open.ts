import type { Clock } from "../../clock/clock.ts";
import { systemClock } from "../../clock/system.ts";
import { ownFile } from "../../ownFiles.ts";
import type { LoomEvent } from "../../plugin/contract.ts";
import { Thread } from "../../threads/thread.ts";
import type { Store } from "../contract.ts";
import { acknowledgeRuns } from "./acknowledgeRuns.ts";
import { Backups } from "./backup.ts";
import { LateCheck } from "./check.ts";
import { Channel } from "./channel.ts";
import { Health } from "./health.ts";
import { READER, Reader } from "./reader.ts";
import { readPauses } from "./readPauses.ts";
import { Recheck } from "./recheck.ts";
import { withRest } from "./rest.ts";
import { StrandView } from "./strandView.ts";
import type { Keep } from "./transaction.ts";
import type { WriterData, WriterReady } from "./writerThread.ts";
import { wovenPart } from "./woven/part.ts";
import type { Writes } from "./writes.ts";

export interface SqliteStoreOptions {
  /** The database file. It is made when it is not there; its folder is not. */
  readonly file: string;
  /** How much of a step's output is kept: on its row (default: its last 4096 bytes), and beside it (262144 of a mirrored one, 16 MiB of our own). */
  readonly keep?: Partial<Keep>;
  /** How long a write waits while another program holds the database, before STORE_BUSY. Default 5000. */
  readonly busyTimeoutMs?: number;
  /** Writes, and reads, that may wait at once; one more is refused with STORE_BUSY. Default 10000. */
  readonly maxWaiting?: number;
  /** Where SQLite works. Default: a thread of the store's own. */
  readonly thread?: Thread;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

const WRITER = "core/store/sqlite/writerThread.ts";

const DEFAULTS = { busyTimeoutMs: 5000, maxWaiting: 10_000 };
const KEEP: Keep = { outputTailBytes: 4096, fullOutputBytes: 262_144, stepOutputBytes: 16 * 1_048_576 };

/** What works in the thread of a store. Who starts that thread earlier may have it loaded meanwhile. */
export function storeModules(): readonly URL[] {
  return [ownFile(WRITER), ownFile(READER)];
}

/**
 * Opens the store in one SQLite file, and makes or migrates it. SQLite works in a thread, and while reads have to
 * wait there in a second one, so that neither a lock nor a slow disk ever holds up the event loop.
 * @throws LoomError STORE_BUSY, STORE_UNAVAILABLE, and with the file left as it was STORE_CORRUPT and SCHEMA_TOO_NEW
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { file, busyTimeoutMs = DEFAULTS.busyTimeoutMs, maxWaiting = DEFAULTS.maxWaiting, clock = systemClock } = options;
  const keep: Keep = { ...KEEP, ...options.keep };
  const commits = new Commits();
  const ownThread = options.thread ? null : new Thread("loom-store");
  const thread = options.thread ?? ownThread!;
  const writer = new Channel<Writes>({
    thread,
    module: ownFile(WRITER),
    data: { file, keep, busyTimeoutMs } satisfies WriterData,
    clock,
    maxWaiting,
    onAnswers: (answers) => {
      health.wrote(answers.faults);
      commits.add(answers);
    },
  });
  const health = new Health(clock, () => writer.call("probe", clock.now()));
  const reader = new Reader({ thread, data: { file, busyTimeoutMs }, maxWaiting, clock, onDamage: (message) => health.damaged(message) });
  const recheck = new Recheck({ file, busyTimeoutMs, clock, health });
  let check: LateCheck | undefined;
  const backups = new Backups({ file, busyTimeoutMs, clock });
  const close = async (): Promise<void> => {
    health.close();
    // The writer goes last: the last connection to close tidies the write-ahead log away, and a reader may not.
    await writer.close(Promise.all([reader.close(), backups.settled(), check?.[Symbol.asyncDispose](), recheck[Symbol.asyncDispose]()]).then(() => {}));
    await ownThread?.end();
  };
  try {
    const [{ feed, isChecked }] = await Promise.all([writer.ready<WriterReady>(), reader.ready()]);
    if (!isChecked) check = new LateCheck({ file, busyTimeoutMs, clock, onDamage: (message) => health.damaged(message) });
    return storeOver(feed, { writer, reader, commits, health, backup: (to) => backups.write(to), close });
  } catch (error) {
    await close();
    throw error;
  }
}

/** Counts commits, and tells those who listen of their events. */
class Commits {
  readonly listeners = new Set<(events: readonly LoomEvent[]) => void>();
  commits = 0;
  writes = 0;

  add({ count, events, last }: { readonly count: number; readonly events: readonly LoomEvent[]; readonly last: boolean }): void {
    if (last) this.commits++;
    this.writes += count;
    if (events.length > 0) for (const listener of [...this.listeners]) listener(events);
  }
}

interface Parts {
  readonly writer: Channel<Writes>;
  readonly reader: Reader;
  readonly commits: Commits;
  readonly health: Health;
  backup(to: string): Promise<{ readonly bytes: number }>;
  close(): Promise<void>;
}

function storeOver(feed: string, { writer, reader, commits, health, backup, close }: Parts): Store {
  const strands = new StrandView({ idsOnPage: () => reader.call("strands.onPage"), getMany: (ids) => reader.call("strands.getMany", ids) });
  commits.listeners.add((events) => {
    for (const { strandId } of events) if (strandId !== null) strands.touch(strandId);
  });
  let closing: Promise<void> | undefined;
  return {
    feed,
    health,
    events: {
      after: (seq, limit) => reader.call("events.after", seq, limit),
      last: () => reader.call("events.last"),
      prune: (keep) => writer.call("events.prune", keep),
      append: (event) => writer.call("events.append", event),
    },
    nodes: {
      save: (node) => writer.call("nodes.save", node),
      list: () => reader.call("nodes.list"),
    },
    sources: {
      register: (source) => writer.call("sources.register", source),
      list: () => reader.call("sources.list"),
      setHealth: (id, health, at) => writer.call("sources.setHealth", id, health, at),
      states: (filter) => reader.call("sources.states", filter),
      retire: (id, at) => writer.call("sources.retire", id, at),
    },
    strands: {
      all: () => strands.all(),
      getMany: (ids) => strands.getMany(ids),
      after: (id, limit) => reader.call("strands.after", id, limit),
      goneFrom: async (sourceId, limit) => strands.getMany(await reader.call("strands.goneFrom", sourceId, limit)),
      applyLook: (look) => writer.call("strands.applyLook", look),
      setGrace: (id, graceMs, at) => writer.call("strands.setGrace", id, graceMs, at),
    },
    runs: {
      // Touched without an event as well: a mark alone may have changed.
      observe: (runs) => writer.call("runs.observe", runs).finally(() => strands.touch(runs.strandId)),
      known: (strandId, keys) => reader.call("runs.known", strandId, keys),
      list: (filter) => reader.call("runs.list", filter),
      get: (id) => reader.call("runs.get", id),
      output: (runId, stepId) => reader.call("runs.output", runId, stepId),
      markStuck: (id, at) => writer.call("runs.markStuck", id, at),
      acknowledge: (id, by, at) => acknowledgeRuns(writer, id, by, at),
      prune: (strandId, before, keep) => writer.call("runs.prune", strandId, before, keep),
    },
    occurrences: {
      settle: (change) => writer.call("occurrences.settle", change),
      openOf: (strandId) => reader.call("occurrences.openOf", strandId),
      withOpen: (after) => reader.call("occurrences.withOpen", after),
      list: (filter) => reader.call("occurrences.list", filter),
      acknowledge: (strandId, by, at, until) => writer.call("occurrences.acknowledge", strandId, by, at, until ?? null),
      prune: (before) => writer.call("occurrences.prune", before),
      pruneStrand: (strandId, keep) => writer.call("occurrences.pruneStrand", strandId, keep),
      counts: () => reader.call("occurrences.counts"),
    },
    changes: {
      list: (filter) => reader.call("changes.list", filter),
      versions: (strandId, only) => reader.call("changes.versions", strandId, only ?? null),
      acknowledge: (strandId, by, at, until) => writer.call("changes.acknowledge", strandId, by, at, until ?? null),
    },
    commands: {
      add: (command) => writer.call("commands.add", command),
      move: (id, from, to, at, patch = {}) => writer.call("commands.move", id, from, to, at, patch),
      prune: (before) => writer.call("commands.prune", before),
      get: (id) => reader.call("commands.get", id),
      whole: (name) => reader.call("commands.whole", name),
      list: (filter) => reader.call("commands.list", filter),
    },
    pauses: {
      list: (endedSince) => readPauses(reader, endedSince),
      begin: (pause) => writer.call("pauses.begin", pause),
      again: (id, at, entries) => writer.call("pauses.again", id, at, entries),
      resume: (id, by, at) => writer.call("pauses.resume", id, by, at),
      move: (id, from, to, at) => writer.call("pauses.move", id, from, to, at),
    },
    sessions: {
      add: (session) => writer.call("sessions.add", session),
      findByCookie: (cookieHash) => reader.call("sessions.findByCookie", cookieHash),
      remove: (id) => writer.call("sessions.remove", id),
      removeExpired: (at) => writer.call("sessions.removeExpired", at),
    },
    tokens: {
      add: (token) => writer.call("tokens.add", token),
      get: (id) => reader.call("tokens.get", id),
      list: (filter) => reader.call("tokens.list", filter),
      revoke: (id, by, at) => writer.call("tokens.revoke", id, by, at),
    },
    audit: {
      begin: (record) => writer.call("audit.begin", record),
      end: (id, result) => writer.call("audit.end", id, result),
      list: (filter) => reader.call("audit.list", filter),
      prune: (before) => writer.call("audit.prune", before),
    },
    kv: {
      get: (plugin, key) => reader.call("kv.get", plugin, key),
      set: (plugin, key, value) => writer.call("kv.set", plugin, key, value),
      delete: (plugin, key) => writer.call("kv.delete", plugin, key),
    },
    ...wovenPart(writer, reader, (id) => strands.touch(id)),
    onCommit(listener) {
      commits.listeners.add(listener);
      return () => void commits.listeners.delete(listener);
    },
    stats: async () => ({ ...(await reader.call("stats")), commits: commits.commits, writes: commits.writes }),
    backup,
    shrink: () => withRest(systemClock, () => writer.call("shrink")),
    close: () => (closing ??= close()),
  };
}
