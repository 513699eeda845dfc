import type { ObservedRun } from "../../core/mirror/contract.ts";
import type { SourceHealth, SourceRecord, Store, StrandChange, StrandState } from "../../core/store/contract.ts";
import type { LoomEvent } from "../../core/plugin/contract.ts";

/** A time that is easy to read in a failure: 2026-01-01T00:00:00Z. */
export const T = 1_767_225_600_000;

export function aStrand(id: string, over: Partial<StrandState> = {}): StrandState {
  return {
    id,
    ownerJobId: id,
    name: id,
    description: null,
    command: null,
    system: false,
    schedule: { kind: "every", everyMs: 60_000 },
    steps: [
      { id: "exec", label: "EXEC" },
      { id: "deliver", label: "DELIVER", operationId: "notify.webhook" },
    ],
    enabled: true,
    disabledReason: null,
    nextRunAt: T + 60_000,
    ownerTellsNext: true,
    notBefore: null,
    overdue: false,
    definition: { prompt: "hello" },
    definitionHash: "h1",
    historyMark: null,
    ...over,
  };
}

export function aRun(key: string, over: Partial<ObservedRun> = {}): ObservedRun {
  return {
    key,
    trigger: "schedule",
    status: "succeeded",
    startedAt: T,
    finishedAt: T + 1000,
    steps: [
      { id: "exec", status: "completed", startedAt: T, finishedAt: T + 900, exitCode: 0, output: "done", result: { rows: 3 } },
      { id: "deliver", status: "skipped", reason: "not_requested" },
    ],
    ...over,
  };
}

export function aFailedRun(key: string, over: Partial<ObservedRun> = {}): ObservedRun {
  return aRun(key, { status: "failed", code: "timeout", error: "took too long", steps: [{ id: "exec", status: "failed", error: "took too long" }], ...over });
}

export function healthy(over: Partial<SourceHealth> = {}): SourceHealth {
  return { freshness: "fresh", since: T, lastGoodReadAt: T, version: "1.0", schedulerOn: true, message: null, help: null, ...over };
}

export function aSource(store: Store, over: Partial<Parameters<Store["sources"]["register"]>[0]> = {}): Promise<SourceRecord> {
  const can = { setEnabled: true, runNow: "it has no such command" } as const;
  return store.sources.register({ plugin: "cron", nodeId: "node-1", identity: "/home/ann/.cron", label: "Ann's cron", can, firingsWhileOff: {}, at: T, ...over });
}

/** One look at a source with these changes. */
export function look(source: SourceRecord, expectedLook: number, changes: readonly StrandChange[], at = T): Parameters<Store["strands"]["applyLook"]>[0] {
  return { sourceId: source.id, expectedLook, at, revision: `r${expectedLook + 1}`, health: healthy(), changes };
}

/** A source with these strands on the page. */
export async function withStrands(store: Store, ...ids: string[]): Promise<SourceRecord> {
  const source = await aSource(store);
  await store.strands.applyLook(look(source, 0, ids.map((id) => ({ kind: "added", strand: aStrand(id) }))));
  return source;
}

/** The run of a strand that has this owner's key. */
export async function runOf(store: Store, strandId: string, key: string) {
  const { items } = await store.runs.list({ strandId, limit: 1000 });
  const run = items.find((item) => item.externalKey === key);
  if (!run) throw new Error(`no run ${key} of ${strandId}`);
  return (await store.runs.get(run.id))!;
}

/** Every event of the store so far, oldest first. */
export async function allEvents(store: Store): Promise<readonly LoomEvent[]> {
  return (await store.events.after(0, 10_000)).events;
}

/** The types of the events that the work leaves behind. */
export async function typesDuring(store: Store, work: () => Promise<unknown>): Promise<string[]> {
  const before = await store.events.last();
  await work();
  return (await store.events.after(before, 10_000)).events.map((event) => event.type);
}
