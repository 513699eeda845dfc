import type { OccurrenceRecord, SourceState, Store, StrandRecord } from "../store/contract.ts";
import { EARLY_MS, plannedSince, type Case, type JudgedRun, type Row } from "./case.ts";
import { isPlanned, MOST_AT_ONCE } from "./plan.ts";

const PAGE = 50;
/** A job that has run more often than this while nobody looked is judged by its newest runs alone. */
const MOST_PAGES = 40;
/** States of a source are asked for from this long before a firing, so that the one that held is among them. */
const BEFORE_MS = 60_000;

/** What the service holds of a strand. */
export interface Held {
  /** Null: not looked up yet. */
  readonly missedInARow: number | null;
  /** The start of the earliest run that was told of since the last judgement. */
  readonly newsFrom: number | null;
}

export type Gathered = Pick<Case, "rows" | "lastDueAt" | "runs" | "runsSince" | "states" | "missedInARow">;

/** Brings together what the store knows of a strand's firings, and no more of it than is needed now. */
export async function gather(store: Store, strand: StrandRecord, { missedInARow, newsFrom }: Held, now: number): Promise<Gathered> {
  const rows = (await store.occurrences.openOf(strand.id)).map(asRow);
  const planned = isPlanned({ strand });
  const isAwaited = (rows.at(-1)?.dueAt ?? -Infinity) > now;
  const lastDueAt = planned && !isAwaited ? await lastDue(store, strand.id, now) : null;
  const since = plannedSince({ strand });
  // Runs from before the strand was planned as it is can meet nothing.
  const first = Math.min(rows[0]?.dueAt ?? Math.max(lastDueAt ?? since, since), Math.max(newsFrom ?? Infinity, since));
  const isDue = first - EARLY_MS <= now && (planned || rows.length > 0);
  const told = isDue ? await runsSince(store, strand.id, first - EARLY_MS) : { runs: recent(strand), runsSince: -Infinity };
  const isPast = isDue && first < now;
  return {
    rows,
    lastDueAt,
    ...told,
    states: isPast && strand.sourceId !== null ? await statesSince(store, strand.sourceId, first, now) : [],
    missedInARow: missedInARow ?? (isPast ? await missedSince(store, strand) : 0),
  };
}

/** Missed firings that a run which was found later may turn out to have met. */
export async function missedBefore(store: Store, strandId: string, runs: readonly JudgedRun[]): Promise<Row[]> {
  const newest = Math.max(...runs.map((run) => run.startedAt));
  const { items } = await store.occurrences.list({ strandId, status: ["missed"], to: newest + EARLY_MS + 1, limit: MOST_AT_ONCE });
  return items.map(asRow);
}

async function lastDue(store: Store, strandId: string, now: number): Promise<number | null> {
  const { items } = await store.occurrences.list({ strandId, to: now + EARLY_MS + 1, limit: 1 });
  return items[0]?.dueAt ?? null;
}

/** All runs since then and the one before, which may have been under way; newest first. */
async function runsSince(store: Store, strandId: string, from: number): Promise<Pick<Case, "runs" | "runsSince">> {
  const runs: JudgedRun[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page++) {
    const { items, next } = await store.runs.list({ strandId, cursor, limit: PAGE });
    runs.push(...items);
    cursor = next;
    if (next === null || items.at(-1)!.startedAt < from) return { runs, runsSince: -Infinity };
  }
  return { runs, runsSince: runs.at(-1)!.startedAt };
}

/** Enough to count on from, without asking: when its newest runs began. */
function recent(strand: StrandRecord): JudgedRun[] {
  return strand.recent.map(({ id, startedAt, finishedAt }) => ({ id, trigger: "unknown", startedAt, finishedAt }));
}

async function statesSince(store: Store, sourceId: string, from: number, now: number): Promise<readonly SourceState[]> {
  return store.sources.states({ sourceId, from: from - BEFORE_MS, to: now + 1 });
}

async function missedSince(store: Store, strand: StrandRecord): Promise<number> {
  const from = strand.recent[0]?.startedAt;
  const { items } = await store.occurrences.list({ strandId: strand.id, status: ["missed"], limit: MOST_AT_ONCE, ...(from !== undefined && { from }) });
  return items.length;
}

function asRow({ dueAt, graceMs, status }: OccurrenceRecord): Row {
  return { dueAt, graceMs, status: status === "missed" ? "missed" : "open" };
}
