import type { RunAnswer } from "../../run/contract.ts";
import type { RunAnswerView } from "../schemas.ts";

/** What became of asking for a run. */
export function runAnswerView(answer: RunAnswer): RunAnswerView {
  return { runId: answer.runId, outcome: answer.outcome, reason: answer.outcome === "skipped" ? answer.reason : null };
}
