import { drive } from "./advance.ts";
import { giveUp } from "./abandon.ts";
import { endAttempt, leaveLine, markStarted, markWaiting, type Outcome } from "./attempt.ts";
import type { Decision, Given } from "./decision.ts";
import { Draft } from "./draft.ts";
import { isRunOver, isUnderWay } from "./states.ts";
import { changePhase } from "./phases.ts";
import { workedOn, type Plan } from "./plan.ts";
import type { Answer, RunState } from "./state.ts";

/** What happened to a run. */
export type Happening =
  /** Its turn has come. */
  | { readonly is: "admitted" }
  /** What it was to go on from is not to be had. */
  | { readonly is: "cannotBegin"; readonly code: string }
  | { readonly is: "evaluated"; readonly step: string; readonly answer: Evaluation }
  /** A person answered what the step asks. */
  | { readonly is: "answered"; readonly step: string }
  /** It is dispatched, and has to wait in line. */
  | { readonly is: "waits"; readonly step: string; readonly epoch: number; readonly reason: string }
  /** It has its place. Its code is called once this is stored, and so is where. */
  | { readonly is: "placed"; readonly step: string; readonly epoch: number }
  | { readonly is: "started"; readonly step: string; readonly epoch: number }
  /** The result itself is stored by the runner, in the transaction of the moves. */
  | { readonly is: "ended"; readonly step: string; readonly epoch: number; readonly outcome: Outcome }
  /** A phase of an attempt began or ended. Names are unique within the attempt. */
  | { readonly is: "phase"; readonly step: string; readonly epoch: number; readonly name: string; readonly to: "running" | "completed" | "failed" }
  | { readonly is: "cancelled"; readonly graceMs: number };

/** What came of `when`, `each` and `input`. */
export type Evaluation =
  | ({ readonly is: "ready" } & Answer)
  /** `when` said no. */
  | { readonly is: "skipped" }
  | { readonly is: "failed"; readonly code: string };

/** Why a happening changes nothing. */
export type Refusal = "run_over" | "not_queued" | "not_waiting" | "unknown_step" | "old_epoch" | "not_under_way" | "not_in_line" | "told_before" | "too_many";

export type Verdict = { readonly outcome: "ok"; readonly decision: Decision } | { readonly outcome: "refused"; readonly why: Refusal };

/** Takes in what happened and advances the run: both belong into one transaction. */
export function decide(plan: Plan, run: RunState, happening: Happening, given: Given): Verdict {
  const draft = new Draft(run);
  const why = takeIn(plan, draft, happening, given);
  if (why !== null) return { outcome: "refused", why };
  drive(plan, draft, given);
  return { outcome: "ok", decision: draft.decision() };
}

/** Takes in what happened, on top of what was decided before; the run is to be driven then. Answers why it changes nothing, and then has not. */
export function takeIn(plan: Plan, draft: Draft, happening: Happening, given: Given): Refusal | null {
  return isRunOver(draft.run.status) ? "run_over" : react(plan, draft, happening, given);
}

function react(plan: Plan, draft: Draft, happening: Happening, given: Given): Refusal | null {
  switch (happening.is) {
    case "admitted":
      if (draft.run.status !== "queued") return "not_queued";
      draft.moveRun("running");
      return null;
    case "cannotBegin":
      if (draft.run.status !== "queued") return "not_queued";
      giveUp(draft, happening.code);
      return null;
    case "cancelled":
      if (draft.run.status === "cancelling") return "told_before";
      draft.moveRun("cancelling", { cancel: { at: given.now, graceMs: happening.graceMs } });
      return null;
    case "evaluated":
    case "answered":
      return onPending(draft, happening);
    case "waits":
    case "placed":
    case "started":
    case "ended":
    case "phase":
      return onAttempt(plan, draft, happening, given);
  }
}

function onPending(draft: Draft, happening: Extract<Happening, { is: "evaluated" | "answered" }>): Refusal | null {
  const row = draft.steps.get(happening.step);
  if (!row) return "unknown_step";
  if (row.status !== "pending" || draft.run.status === "cancelling") return "not_waiting";
  if (happening.is === "answered") draft.note(row.id, { answered: true });
  else if (row.answer !== null) return "told_before";
  else takeAnswer(draft, row.id, happening.answer);
  return null;
}

function takeAnswer(draft: Draft, id: string, answer: Evaluation): void {
  if (answer.is === "ready") draft.note(id, { answer: { items: answer.items } });
  else if (answer.is === "skipped") draft.moveStep(id, "skipped", { reason: "when" });
  else draft.moveStep(id, "failed", { code: answer.code });
}

function onAttempt(plan: Plan, draft: Draft, happening: Extract<Happening, { epoch: number }>, given: Given): Refusal | null {
  const row = draft.steps.get(happening.step);
  const step = row && workedOn(plan, row.id);
  if (!step) return "unknown_step";
  if (row.epoch !== happening.epoch) return "old_epoch";
  if (!isUnderWay(row.status)) return "not_under_way";
  if (happening.is === "phase") return changePhase(draft, row, happening.name, happening.to);
  if (happening.is === "placed") {
    leaveLine(draft, row);
    return null;
  }
  if (happening.is === "waits") {
    if (!row.inLine) return "not_in_line";
    markWaiting(draft, row, happening.reason);
    return null;
  }
  if (happening.is === "ended") endAttempt(draft, step, row, happening.outcome, given);
  else if (row.status === "dispatched") markStarted(draft, step, row, given.now);
  else return "told_before";
  return null;
}
