import { graceMs, longestGraceMs, SHORTEST_GRACE_MS } from "../occurrence/grace.ts";
import type { StrandChange, StrandRecord, StrandState } from "../store/contract.ts";
import { remnantOf } from "../remnant.ts";
import type { ObservedJob } from "./contract.ts";
import { definitionHash, differingFields } from "./definition.ts";

/** A strand as the store has it, reduced to what a look is compared with. */
export type KnownStrand = StrandState & Pick<StrandRecord, "goneAt"> & Partial<Pick<StrandRecord, "graceMs">>;

export interface Observation {
  readonly sourceId: string;
  /** Milliseconds since 1970: when the snapshot was asked for. */
  readonly at: number;
  readonly schedulerOn: boolean;
  readonly jobs: readonly ObservedJob[];
  /** Jobs whose going their owner has told of; some came and went between two looks. */
  readonly departed: readonly ObservedJob[];
  /** The first look ever at this source: what is there already is no news. */
  readonly first?: boolean;
}

/**
 * What has to change in the store so that it shows what was observed. Reconciling the same observation twice changes
 * nothing the second time. The first of two jobs with one id counts.
 * @param known the source's strands by their owner's job id, those that are gone included
 */
export function reconcile(known: ReadonlyMap<string, KnownStrand>, seen: Observation): StrandChange[] {
  const changes: StrandChange[] = [];
  const present = new Set<string>();
  for (const job of seen.jobs) {
    if (present.has(job.id)) continue;
    present.add(job.id);
    const before = known.get(job.id);
    const change = compare(before, strandState(job, seen, before?.graceMs ?? null));
    if (change) changes.push({ ...change, ...(seen.first && { expected: true }), ...(job.by !== undefined && { by: job.by }) });
  }
  for (const job of seen.departed) {
    if (present.has(job.id) || known.has(job.id)) continue;
    present.add(job.id);
    const strand = { ...strandState(job, seen, null), definition: remnantOf(job.definition) };
    changes.push({ kind: "added", strand, expected: true }, { kind: "removed", id: strand.id, expected: true });
  }
  const departed = new Map(seen.departed.map((job) => [job.id, job]));
  for (const strand of known.values()) {
    if (strand.goneAt !== null || present.has(strand.ownerJobId)) continue;
    const expected = isDone(strand, seen.at) || departed.get(strand.ownerJobId)?.leavesByItself === true;
    changes.push({ kind: "removed", id: strand.id, ...(expected && { expected }) });
  }
  return changes;
}

/** A job that was to run once, and whose time has passed, may go without anybody wondering. */
function isDone({ schedule }: KnownStrand, at: number): boolean {
  return schedule.kind === "at" && schedule.atMs <= at;
}

/** The id of a mirrored strand; it never changes while its source and its job keep their ids. */
export function strandId(sourceId: string, jobId: string): string {
  return `${sourceId}:${jobId}`;
}

function compare(known: KnownStrand | undefined, strand: StrandState): StrandChange | null {
  if (!known) return { kind: "added", strand };
  if (known.goneAt !== null) return { kind: "returned", strand };
  if (known.definitionHash !== strand.definitionHash) return { kind: "edited", strand, fields: differingFields(known.definition, strand.definition) };
  const same =
    known.enabled === strand.enabled &&
    known.disabledReason === strand.disabledReason &&
    known.nextRunAt === strand.nextRunAt &&
    known.ownerTellsNext === strand.ownerTellsNext &&
    known.notBefore === strand.notBefore &&
    known.overdue === strand.overdue &&
    known.historyMark === strand.historyMark;
  return same ? null : { kind: "changed", strand };
}

function strandState(job: ObservedJob, seen: Observation, setGraceMs: number | null): StrandState {
  return {
    id: strandId(seen.sourceId, job.id),
    ownerJobId: job.id,
    name: job.name,
    description: job.description ?? null,
    command: job.command ?? null,
    system: job.system ?? false,
    schedule: job.schedule,
    steps: job.steps,
    enabled: job.enabled,
    disabledReason: job.disabledReason ?? null,
    nextRunAt: job.nextRunAt ?? null,
    ownerTellsNext: job.nextRunAt !== undefined,
    notBefore: job.notBefore ?? null,
    overdue: isOverdue(job, seen, setGraceMs),
    definition: job.definition,
    definitionHash: definitionHash(job),
    historyMark: job.historyMark,
  };
}

/**
 * Whether a firing that the owner foretold is past its grace and nothing explains why it did not happen.
 * @param setGraceMs the grace that a person set, in milliseconds; null: the rule's
 */
export function isOverdue(job: ObservedJob, seen: Pick<Observation, "at" | "schedulerOn">, setGraceMs: number | null): boolean {
  if (!job.enabled || !seen.schedulerOn || job.running || typeof job.nextRunAt !== "number") return false;
  if (job.notBefore !== undefined && job.notBefore > seen.at) return false;
  const due = Math.max(job.nextRunAt, job.notBefore ?? 0);
  if (setGraceMs !== null) return seen.at > due + setGraceMs;
  return seen.at > due + SHORTEST_GRACE_MS && (seen.at > due + longestGraceMs(job.schedule) || seen.at > due + graceMs(job.schedule, due));
}
