import { readRowId } from "../../run/machine/rowId.ts";
import type { StepState } from "../../run/machine/state.ts";
import type { ArtifactRecord, AttemptRecord, DrivenRun, RunRecord, StepRunRecord } from "../../store/contract.ts";
import type { ArtifactView, AttemptView, RunDetail, RunView, StepRunView } from "../schemas.ts";
import { acknowledgedView } from "./acknowledged.ts";
import type { NodeNames } from "./nodeNames.ts";
import { iso, isoOrNull } from "./times.ts";

/** A run as lists show it. */
export function runView(run: RunRecord, nodes: NodeNames): RunView {
  const { id, strandId, trigger, triggerBy, status, code, error, red, version, rerunOf, parent } = run;
  return {
    id,
    strandId,
    trigger,
    triggerBy,
    status,
    code,
    error,
    red,
    acknowledged: acknowledgedView(run),
    node: nodes.of(run.nodeId),
    queuedAt: isoOrNull(run.queuedAt),
    startedAt: iso(run.startedAt),
    finishedAt: isoOrNull(run.finishedAt),
    durationMs: lasted(run),
    version,
    rerunOf,
    startedBy: parent && { runId: parent.runId, step: parent.step },
    summary: run.summary && { ...run.summary },
  };
}

/** What is known of a run that Loom drives, besides what is known of every run. */
export interface DrivenFacts {
  readonly run: DrivenRun;
  /** The version that a new run would get; null: its workflow is not known any more. */
  readonly versionNow: number | null;
  readonly attempts: readonly AttemptRecord[];
  readonly artifacts: readonly ArtifactRecord[];
  /** How far steps under way are, by row id. */
  readonly progress: Readonly<Record<string, number>>;
}

/** A run with its steps. @param driven null for a run of a mirrored strand */
export function runDetail(run: RunRecord, steps: readonly StepRunRecord[], driven: DrivenFacts | null, nodes: NodeNames): RunDetail {
  const rows = driven?.run.state.steps;
  return {
    ...runView(run, nodes),
    steps: steps.map((step) => stepRunView(step, rows?.get(step.stepId), driven?.progress[step.stepId] ?? null, nodes)),
    versionNow: driven?.versionNow ?? null,
    input: driven?.run.input ?? null,
    attempts: (driven?.attempts ?? []).map((attempt) => attemptView(attempt, nodes)),
    artifacts: (driven?.artifacts ?? []).map(artifactView),
  };
}

function stepRunView(step: StepRunRecord, row: StepState | undefined, progress: number | null, nodes: NodeNames): StepRunView {
  const { label, status, reason, exitCode, outputTail, outputBytes, outputKeptBytes, error, result } = step;
  return {
    id: step.stepId,
    parent: row ? parentOf(step.stepId) : null,
    label,
    status,
    reason,
    node: nodes.of(step.nodeId),
    startedAt: isoOrNull(step.startedAt),
    finishedAt: isoOrNull(step.finishedAt),
    durationMs: lasted(step),
    exitCode,
    outputTail,
    outputBytes,
    outputKeptBytes,
    error,
    code: row?.code ?? null,
    attempt: row?.attempt ?? null,
    retryAt: isoOrNull(row?.retryAt ?? null),
    waitsFor: row?.hold?.reason ?? null,
    progress,
    result,
  };
}

/** Of an item its step, of a phase its step or item. */
function parentOf(rowId: string): string | null {
  const { step, item, phase } = readRowId(rowId);
  if (phase !== null) return rowId.slice(0, -phase.length - 1);
  return item === null ? null : step;
}

function attemptView({ stepId, attempt, status, code, error, nodeId, startedAt, finishedAt }: AttemptRecord, nodes: NodeNames): AttemptView {
  return { step: stepId, attempt, status, code, error, node: nodes.of(nodeId), startedAt: iso(startedAt), finishedAt: isoOrNull(finishedAt) };
}

function artifactView({ stepId, name, kind, bytes, createdAt }: ArtifactRecord): ArtifactView {
  return { step: stepId, name, kind, bytes, createdAt: iso(createdAt) };
}

function lasted({ startedAt, finishedAt }: { startedAt: number | null; finishedAt: number | null }): number | null {
  return startedAt === null || finishedAt === null ? null : Math.max(0, finishedAt - startedAt);
}
