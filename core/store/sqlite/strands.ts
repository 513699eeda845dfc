import type { JsonObject } from "../../mirror/contract.ts";
import { remnantOf } from "../../remnant.ts";
import type { WorkflowFacts } from "../../workflow/facts.ts";
import type { RunStatus, RunTick, StepDefinition, StepStatus, StrandRecord, Woven } from "../contract.ts";
import { MOST_COUNTED } from "./bounds.ts";
import { fromJson } from "./cells.ts";
import { askingChanges } from "./changes.ts";
import type { Database, Value } from "./database.ts";
import { missedOf } from "./occurrences.ts";
import { pausedOf } from "./pauses.ts";

/** How many of a strand's newest runs are shown with it. */
const RECENT = 20;
/** How many rows of a run are shown with its strand. */
const MOST_STATES = 200;

/** An answer ends after so many characters of definitions: it is written, carried over and read in one go each. */
const LONGEST_ANSWER = 2 * 1_048_576;

interface StrandRow {
  readonly strand_id: string;
  readonly kind: StrandRecord["kind"];
  readonly node_id: string;
  readonly source_id: string | null;
  readonly owner_job_id: string;
  readonly name: string;
  readonly description: string | null;
  readonly command: string | null;
  readonly schedule: string;
  readonly system: number;
  readonly enabled: number;
  readonly disabled_reason: string | null;
  readonly next_run_at: number | null;
  readonly owner_tells_next: number;
  readonly not_before: number | null;
  readonly overdue: number;
  readonly definition: string;
  readonly definition_hash: string;
  readonly history_mark: string | null;
  readonly imported_mark: string | null;
  readonly history_complete: number;
  readonly created_at: number;
  readonly edited_at: number;
  readonly scheduled_at: number;
  readonly switched_at: number;
  readonly version: number;
  readonly grace_ms: number | null;
  readonly p95_ms: number | null;
  readonly gone_at: number | null;
  readonly module_path: string | null;
  readonly bundle_hash: string | null;
  readonly shipped: number;
  readonly enabled_override: number | null;
  readonly fired_until: number | null;
}

interface TickRow {
  readonly id: string;
  readonly status: RunStatus;
  readonly red: number;
  readonly ackAt: number | null;
  readonly startedAt: number;
  readonly finishedAt: number | null;
}

/** The ids of the strands that may be on the page: those that are there, and those whose vanishing nobody has acknowledged. */
export function idsOnPage(db: Database): string[] {
  return idsOf(
    db,
    `SELECT strand_id AS id FROM strands INDEXED BY strands_there WHERE gone_at IS NULL UNION
     SELECT strand_id FROM strand_changes INDEXED BY strand_changes_vanished WHERE kind = 'vanished' AND ack_at IS NULL`,
  );
}

/** The ids of strands that are gone from a source, those that went last first. */
export function idsGoneFrom(db: Database, sourceId: string, limit: number): string[] {
  const gone = "SELECT strand_id AS id FROM strands INDEXED BY strands_gone WHERE source_id = ? AND gone_at IS NOT NULL";
  return idsOf(db, `${gone} ORDER BY gone_at DESC, strand_id DESC LIMIT ?`, sourceId, limit);
}

/** So many of all strands whose ids come after this one. */
export function strandsAfter(db: Database, id: string | null, limit: number): Pick<StrandRecord, "id" | "kind">[] {
  return db.all("SELECT strand_id AS id, kind FROM strands WHERE strand_id > ? ORDER BY strand_id LIMIT ?", id ?? "", limit);
}

function idsOf(db: Database, sql: string, ...values: Value[]): string[] {
  return db.all<{ id: string }>(sql, ...values).map(({ id }) => id);
}

/** Those of the ids that are known, on the page or not, in their order: all, or where they are long the first of them, one at least. */
export function getStrands(db: Database, ids: readonly string[]): StrandRecord[] {
  const strands: StrandRecord[] = [];
  let left = LONGEST_ANSWER;
  for (const id of ids) {
    const row = db.get<StrandRow>("SELECT * FROM strands WHERE strand_id = ?", id);
    if (!row) continue;
    strands.push(strandOf(db, row));
    if ((left -= row.definition.length) < 0) break;
  }
  return strands;
}

function strandOf(db: Database, row: StrandRow): StrandRecord {
  const recent = recentRuns(db, row.strand_id);
  const active = activeRun(db, row.strand_id);
  // Several runs of a woven strand may be open, the newest of them queued.
  const shown = row.kind === "woven" ? (active?.id ?? recent[0]?.id) : recent[0]?.id;
  const definition = fromJson<JsonObject>(row.definition);
  return {
    id: row.strand_id,
    kind: row.kind,
    woven: row.kind === "woven" ? wovenOf(row, definition) : null,
    nodeId: row.node_id,
    sourceId: row.source_id,
    ownerJobId: row.owner_job_id,
    name: row.name,
    description: row.description,
    command: row.command,
    system: row.system === 1,
    schedule: fromJson(row.schedule),
    steps: stepsOf(db, row.strand_id),
    enabled: row.enabled === 1,
    disabledReason: row.disabled_reason,
    nextRunAt: row.next_run_at,
    ownerTellsNext: row.owner_tells_next === 1,
    notBefore: row.not_before,
    overdue: row.overdue === 1,
    definition: row.kind === "mirrored" && row.gone_at !== null ? remnantOf(definition) : definition,
    definitionHash: row.definition_hash,
    historyMark: row.history_mark,
    importedMark: row.imported_mark,
    historyComplete: row.history_complete === 1,
    firstSeenAt: row.created_at,
    editedAt: row.edited_at,
    scheduledAt: row.scheduled_at,
    switchedAt: row.switched_at,
    version: row.version,
    graceMs: row.grace_ms,
    paused: row.kind === "woven" ? pausedOf(db, row.strand_id) : null,
    goneAt: row.gone_at,
    activeRun: active,
    p95Ms: row.p95_ms,
    missed: missedOf(db, row.strand_id),
    changes: askingChanges(db, row.strand_id),
    lastRun: recent.find((run) => run.finishedAt !== null) ?? lastFinished(db, row.strand_id),
    redRuns: redRuns(db, row.strand_id),
    recent,
    stepStates: shown === undefined ? [] : stepStates(db, row.strand_id, shown),
  };
}

function wovenOf(row: StrandRow, definition: JsonObject): Woven {
  return {
    bundleHash: row.bundle_hash!,
    modulePath: row.module_path!,
    shipped: row.shipped === 1,
    facts: definition as unknown as WorkflowFacts,
    enabledOverride: row.enabled_override === null ? null : row.enabled_override === 1,
    firedUntil: row.fired_until!,
  };
}

/** The steps of a strand's definition, in order. */
export function stepsOf(db: Database, strandId: string): StepDefinition[] {
  return db
    .all<{ id: string; label: string; operationId: string | null; shares: string | null; seq: number }>(
      "SELECT step_id AS id, label, operation_id AS operationId, shares, seq FROM steps WHERE strand_id = ?",
      strandId,
    )
    // Sorted here: setting up a sort costs SQLite more than such a short list does.
    .sort((a, b) => a.seq - b.seq)
    .map(({ id, label, operationId, shares }) => ({ id, label, ...(operationId !== null && { operationId }), ...(shares !== null && { shares: fromJson<string[]>(shares) }) }));
}

const TICKS = `SELECT run_id AS id, status, red, ack_at AS ackAt, started_at AS startedAt, finished_at AS finishedAt
  FROM runs INDEXED BY runs_by_strand WHERE strand_id = ?`;

function recentRuns(db: Database, strandId: string): RunTick[] {
  return db.all<TickRow>(`${TICKS} ORDER BY started_at DESC, run_id DESC LIMIT ${RECENT}`, strandId).map(tickOf);
}

function lastFinished(db: Database, strandId: string): RunTick | null {
  const row = db.get<TickRow>(`${TICKS} AND finished_at IS NOT NULL ORDER BY started_at DESC, run_id DESC LIMIT 1`, strandId);
  return row ? tickOf(row) : null;
}

function tickOf({ id, status, red, ackAt, startedAt, finishedAt }: TickRow): RunTick {
  return { id, status, red: red === 1, acknowledged: ackAt !== null, startedAt, finishedAt };
}

function activeRun(db: Database, strandId: string): StrandRecord["activeRun"] {
  const run = db.get<{ id: string; key: string | null; startedAt: number; stuckAt: number | null }>(
    `SELECT run_id AS id, external_key AS key, started_at AS startedAt, stuck_at AS stuckAt FROM runs INDEXED BY runs_active
     WHERE strand_id = ? AND finished_at IS NULL ORDER BY status = 'queued', started_at DESC, run_id DESC LIMIT 1`,
    strandId,
  );
  return run ?? null;
}

function redRuns(db: Database, strandId: string): number {
  const red = "SELECT 1 FROM runs INDEXED BY runs_red_by_strand WHERE strand_id = ? AND red = 1 AND ack_at IS NULL";
  return db.get<{ n: number }>(`SELECT count(*) AS n FROM (${red} LIMIT ${MOST_COUNTED})`, strandId)!.n;
}

interface StateRow {
  readonly id: string;
  readonly status: StepStatus;
  readonly reason: string | null;
  readonly seq: number;
}

/** How the rows of a run stand; where a list made very many of them, the steps and some of the others. */
function stepStates(db: Database, strandId: string, runId: string): StrandRecord["stepStates"] {
  const rows = db.all<StateRow>(`SELECT step_id AS id, status, reason, seq FROM step_runs WHERE run_id = ? LIMIT ${MOST_STATES}`, runId);
  if (rows.length === MOST_STATES) rows.push(...missingSteps(db, strandId, runId, rows));
  return rows.sort((a, b) => a.seq - b.seq).map(({ id, status, reason }) => ({ id, status, reason }));
}

function missingSteps(db: Database, strandId: string, runId: string, rows: readonly StateRow[]): StateRow[] {
  const known = new Set(rows.map(({ id }) => id));
  return db
    .all<StateRow>(
      "SELECT step_id AS id, status, reason, step_runs.seq FROM steps JOIN step_runs USING (step_id) WHERE steps.strand_id = ? AND run_id = ?",
      strandId, runId,
    )
    .filter(({ id }) => !known.has(id));
}
