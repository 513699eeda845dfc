import type { RunRecord, StepRunRecord } from "../../store/contract.ts";
import type { RunDetail, RunView } from "../schemas.ts";
import { acknowledgedView } from "./acknowledged.ts";
import type { NodeNames } from "./nodeNames.ts";
import { iso, isoOrNull } from "./times.ts";

/** A run as lists show it. */
export function runView(run: RunRecord, nodes: NodeNames): RunView {
  const { id, strandId, trigger, triggerBy, status, code, error, red } = run;
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
    startedAt: iso(run.startedAt),
    finishedAt: isoOrNull(run.finishedAt),
    durationMs: lasted(run),
    summary: run.summary && { ...run.summary },
  };
}

/** A run with its steps. */
export function runDetail(run: RunRecord, steps: readonly StepRunRecord[], nodes: NodeNames): RunDetail {
  return { ...runView(run, nodes), steps: steps.map((step) => stepRunView(step, nodes)) };
}

function stepRunView(step: StepRunRecord, nodes: NodeNames): RunDetail["steps"][number] {
  const { label, status, reason, exitCode, outputTail, outputBytes, outputKeptBytes, error, result } = step;
  return {
    id: step.stepId,
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
    result,
  };
}

function lasted({ startedAt, finishedAt }: { startedAt: number | null; finishedAt: number | null }): number | null {
  return startedAt === null || finishedAt === null ? null : Math.max(0, finishedAt - startedAt);
}
