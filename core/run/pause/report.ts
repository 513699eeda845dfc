import type { PauseEntry, PauseRecord, StrandRecord } from "../../store/contract.ts";
import type { PausedState, PausedStrand, PauseReport } from "./contract.ts";
import { isUnsettled } from "./moves.ts";

export interface PauseFacts {
  /** Oldest first; those that ended a while ago among them. */
  readonly pauses: readonly PauseRecord[];
  /** All on the page. */
  readonly strands: readonly StrandRecord[];
  strand(id: string): StrandRecord | undefined;
  /** How long the last of so many switches waits for its owner, in milliseconds; null: not known. */
  askWaitMs(sourceId: string, ahead: number): number | null;
}

/** What is paused and what is not, as people are shown it. */
export function pauseReport(facts: PauseFacts): PauseReport {
  const { pauses } = facts;
  const all = pauses.find(({ strandId, phase, endedAt }) => strandId === null && phase === "pausing" && endedAt === null);
  const lastOf = new Map(pauses.map((pause) => [pause.strandId, pause]));
  const shown = pauses.filter((pause) => pause.endedAt === null || pause === lastOf.get(pause.strandId));
  return {
    everything: all ? { since: all.at, by: all.by } : null,
    strands: shown.flatMap((pause) => strandsOf(pause, facts)),
    queue: queueOf(facts),
  };
}

function strandsOf(pause: PauseRecord, facts: PauseFacts): PausedStrand[] {
  const scope = pause.strandId === null ? "everything" : "strand";
  const show = (strandId: string, state: PausedState, reason: string | null = null): PausedStrand => ({ strandId, state, scope, since: pause.at, by: pause.by, reason });
  const mirrored = pause.entries.flatMap((entry) => {
    const state = stateOf(pause, entry);
    return state === null ? [] : [show(entry.strandId, state, entry.reason)];
  });
  if (pause.phase === "resuming") return mirrored;
  const inScope = pause.strandId === null ? facts.strands : [facts.strand(pause.strandId)].filter((one) => one !== undefined);
  const woven = inScope.filter(({ kind, goneAt }) => kind === "woven" && goneAt === null).map(({ id }) => show(id, "paused"));
  const fresh = pause.strandId === null ? unknownTo(facts).map(({ id }) => show(id, "new")) : [];
  return [...mirrored, ...woven, ...fresh];
}

/** Jobs that go on, since no pause knew of them when it began: they were stored later, whenever they were seen. */
function unknownTo({ pauses, strands }: PauseFacts): StrandRecord[] {
  const known = new Set(pauses.flatMap(({ endedAt, entries }) => (endedAt === null ? entries.map(({ strandId }) => strandId) : [])));
  return strands.filter(({ id, kind, enabled, goneAt }) => kind === "mirrored" && enabled && goneAt === null && !known.has(id));
}

/** Null: it is as if it had never been paused. */
function stateOf({ phase, endedAt }: PauseRecord, { state }: PauseEntry): PausedState | null {
  switch (state) {
    case "pending":
    case "paused":
      return phase === "resuming" ? "resuming" : state === "pending" ? "pausing" : "paused";
    case "left_out":
      return phase === "resuming" ? null : "left_out";
    case "failed":
      return endedAt === null ? "refused" : null;
    case "changed":
      return "changed";
    case "resumed":
      return null;
  }
}

/** An owner does not tell waits of more than an hour. */
const LONGEST_TOLD_MS = 3_600_000;

/** How long the last of so many waits. Beyond what its owner tells it goes on at the pace that it has before. */
function waitOf(askWaitMs: (ahead: number) => number | null, ahead: number): number | null {
  const told = askWaitMs(ahead);
  if (told === null || told < LONGEST_TOLD_MS) return told;
  let [sure, tooFar] = [0, ahead];
  while (tooFar - sure > 1) {
    const middle = (sure + tooFar) >> 1;
    if ((askWaitMs(middle) ?? LONGEST_TOLD_MS) < LONGEST_TOLD_MS) sure = middle;
    else tooFar = middle;
  }
  const half = sure >> 1;
  const [waitMs, halfMs] = [askWaitMs(sure) ?? 0, askWaitMs(half) ?? 0];
  return sure === half ? told : Math.round(waitMs + ((waitMs - halfMs) / (sure - half)) * (ahead - sure));
}

/** Each owner takes its own in its own time, so the longest queue tells when all are through. */
function queueOf({ pauses, strand, askWaitMs }: PauseFacts): PauseReport["queue"] {
  const open = pauses.filter(({ endedAt }) => endedAt === null);
  const waiting = open.flatMap(({ phase, entries }) => entries.filter((entry) => isUnsettled(entry, phase)));
  const bySource = Map.groupBy(waiting, ({ strandId }) => strand(strandId)?.sourceId ?? null);
  const waits = [...bySource].map(([sourceId, entries]) => (sourceId === null ? 0 : waitOf((ahead) => askWaitMs(sourceId, ahead), entries.length - 1)));
  return { waiting: waiting.length, expectedWaitMs: waits.includes(null) ? null : Math.max(0, ...waits.map(Number)) };
}
