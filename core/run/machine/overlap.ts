import type { RunStatus } from "../../store/statuses.ts";
import { mostOpenRows, type OpenRows } from "./state.ts";
import { isRunOver } from "./states.ts";

/** So many runs of a strand may be open, whatever its policy allows: each takes some 40 KB of memory. */
const MOST_OPEN = 5_000;

/** How many runs of a strand may be under way at once, and what becomes of one more. */
export interface OverlapPolicy {
  readonly onOverlap: "skip" | "queue" | "cancel_old";
  /** Runs of the strand at once; null: any number. */
  readonly limit: number | null;
  /** Runs with the same key at once; null: any number that the strand allows. */
  readonly limitPerKey: number | null;
  /** Runs that may wait for their turn; one more is skipped. */
  readonly maxQueued: number;
}

export const defaultOverlap: OverlapPolicy = { onOverlap: "skip", limit: 1, limitPerKey: null, maxQueued: 100 };

/** A run of the strand that has not ended. */
export interface OpenRun {
  readonly id: string;
  readonly status: RunStatus;
  /** What its input belongs to, where the author names that; null: nothing. */
  readonly key: string | null;
  /** When it was asked for. */
  readonly queuedAt: number;
}

export type Admission =
  /** It is stored as queued, and begins at once. */
  | { readonly is: "start" }
  /** It is stored as queued and waits; those named are cancelled for it. */
  | { readonly is: "queue"; readonly cancel: readonly string[] }
  /** It is stored as skipped. */
  | { readonly is: "skip"; readonly reason: "overlap" | "queue_full" };

/** What becomes of a run that is asked for now, beside those that are open. */
export function admit(policy: OverlapPolicy, open: readonly OpenRun[], key: string | null, rows: OpenRows): Admission {
  if (open.length >= MOST_OPEN || rows.own >= mostOpenRows(rows)) return { is: "skip", reason: "queue_full" };
  const asked: OpenRun = { id: "", status: "queued", key, queuedAt: Infinity };
  if (nextToStart(policy, [...open, asked]).includes(asked.id)) return { is: "start" };
  if (policy.onOverlap === "skip") return { is: "skip", reason: "overlap" };
  const cancel = policy.onOverlap === "cancel_old" ? rivals(policy, open, key) : [];
  const waiting = open.filter((run) => isQueued(run) && !cancel.includes(run.id));
  return waiting.length < policy.maxQueued ? { is: "queue", cancel } : { is: "skip", reason: "queue_full" };
}

/** Those that were to be cancelled for runs that wait: who let these in may have died before it was done. */
export function overtaken(policy: OverlapPolicy, open: readonly OpenRun[]): string[] {
  if (policy.onOverlap !== "cancel_old") return [];
  const all = byAge(open);
  return [...new Set(all.flatMap((run, index) => (isQueued(run) ? rivals(policy, all.slice(0, index), run.key) : [])))];
}

/** The queued runs whose turn it is, those that waited longest first. One that its key holds back holds up no other. */
export function nextToStart(policy: OverlapPolicy, open: readonly OpenRun[]): string[] {
  const begun = new Begun(open.filter(isBegun));
  const turn: string[] = [];
  for (const run of byAge(open.filter(isQueued))) {
    if (!begun.hasRoom(policy, run.key)) continue;
    begun.add(run.key);
    turn.push(run.id);
  }
  return turn;
}

/** How many runs have begun, and how many of each key: thousands may be open, and to count a key's anew for each that waits takes turns of their own. */
class Begun {
  #all = 0;
  readonly #byKey = new Map<string, number>();

  constructor(runs: readonly OpenRun[]) {
    for (const { key } of runs) this.add(key);
  }

  add(key: string | null): void {
    this.#all++;
    if (key !== null) this.#byKey.set(key, (this.#byKey.get(key) ?? 0) + 1);
  }

  hasRoom({ limit, limitPerKey }: OverlapPolicy, key: string | null): boolean {
    if (limit !== null && this.#all >= limit) return false;
    return key === null || limitPerKey === null || (this.#byKey.get(key) ?? 0) < limitPerKey;
  }
}

/** Those that would only have waited, and of those that have begun as many as stand in the way, the oldest first. */
function rivals({ limit, limitPerKey }: OverlapPolicy, open: readonly OpenRun[], key: string | null): string[] {
  const isKeyed = limitPerKey !== null && key !== null;
  const inWay = isKeyed ? sameKey(open, key) : open;
  const most = Math.min(limit ?? Infinity, isKeyed ? limitPerKey : Infinity);
  const staying = byAge(inWay.filter((run) => isBegun(run) && run.status !== "cancelling"));
  const tooMany = Math.max(0, staying.length - (most - 1));
  return [...inWay.filter(isQueued), ...staying.slice(0, tooMany)].map(({ id }) => id);
}

function sameKey(runs: readonly OpenRun[], key: string | null): OpenRun[] {
  return runs.filter((run) => run.key === key);
}

function byAge(runs: readonly OpenRun[]): OpenRun[] {
  return runs.toSorted((a, b) => a.queuedAt - b.queuedAt || (a.id < b.id ? -1 : 1));
}

function isQueued({ status }: OpenRun): boolean {
  return status === "queued";
}

function isBegun({ status }: OpenRun): boolean {
  return status !== "queued" && !isRunOver(status);
}
