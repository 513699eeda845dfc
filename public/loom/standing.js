import { span } from "../ui/format.js";
import { heldUntil, isSeenRed, stepTone } from "../ui/words.js";

/** What a strand's state looks like: classes for its colour and weight, and the signs it carries. Pure. */

/**
 * @returns {{ classes: string, sign: "missed" | "overdue" | "severed" | null, held: boolean, stuck: boolean, seen: boolean, notch: string | null, end: string, halted: boolean }}
 *   `sign`: on the thread above the steps · `held`: coiled under the beam by error backoff · `seen`: its last run is red and acknowledged · `notch`: the kind of change that
 *   nobody has acknowledged, or `broken` where its file is · `end`: how the thread ends, by the last run · `halted`: its scheduler is switched off
 */
export function standing(strand) {
  const off = !strand.enabled && !strand.activeRun && strand.redRuns === 0;
  const ghost = strand.goneAt !== null;
  const severed = !strand.enabled && !strand.done && strand.disabledReason !== null;
  const stuck = strand.activeRun !== null && strand.activeRun.stuckAt !== null;
  const seen = isSeenRed(strand);
  const classes = [`s-${strand.status === "overdue" ? "missed" : strand.status}`];
  if (off) classes.push("off");
  if (strand.freshness !== "fresh") classes.push("stale");
  if (ghost) classes.push("ghost");
  if (severed) classes.push("severed");
  if (stuck) classes.push("stuck");
  if (seen) classes.push("red-seen");
  if (strand.done) classes.push("done");
  if (!strand.schedulerOn) classes.push("halted");
  if (strand.system) classes.push("system");
  if (strand.paused) classes.push("paused");
  return {
    classes: classes.join(" "),
    sign: signOf(strand, severed),
    held: strand.enabled && heldUntil(strand) !== null,
    stuck,
    seen,
    notch: strand.woven?.problems.length > 0 ? "broken" : strand.changes[0]?.kind ?? (ghost ? "vanished" : null),
    end: endOf(strand, off, ghost),
    halted: !strand.schedulerOn,
  };
}

function signOf(strand, severed) {
  if (strand.status === "missed" || strand.missed !== null) return "missed";
  if (strand.status === "overdue") return "overdue";
  return severed ? "severed" : null;
}

function endOf(strand, off, ghost) {
  if (ghost) return "ghost";
  if (strand.done) return "tied";
  if (strand.status === "skipped") return "skipped";
  return off || strand.activeRun || strand.lastRun === null ? "open" : "solid";
}

/** Index of the step that the run under way is at, or null where there is none. */
export function activeStep(strand) {
  if (!strand.activeRun || strand.steps.length === 0) return null;
  const named = strand.steps.findIndex((step) => step.id === strand.activeRun.stepId);
  const at = (tone) => strand.steps.findIndex((step) => stepTone(step.status) === tone);
  return Math.max(0, named !== -1 ? named : at("running") !== -1 ? at("running") : at("waiting"));
}

/**
 * How a step looks: `ok`, `done` (earlier in the run under way), `running`, `waiting` (for its turn), `failed`, `broken` (interrupted), `skipped` or
 * `idle`. While a mirrored run is under way its place tells of the steps; what they said before is about an older run.
 */
export function stepLook(strand, at, active) {
  const step = strand.steps[at];
  if (active !== null && strand.kind !== "woven") return at === active ? "running" : at < active ? "done" : "idle";
  if (step.status === "failed_crash" || (step.status === "failed" && step.reason === "interrupted")) return "broken";
  if (step.status === "skipped") return "skipped";
  if (active !== null && step.status === "completed") return "done";
  return stepTone(step.status);
}

/** What holds a strand back, in at most nine characters and before the time of its next firing; empty when nothing does. */
export function heldWord(strand, now) {
  if (strand.goneAt !== null) return "gone";
  if (strand.enabled && !strand.schedulerOn) return "halted";
  if (strand.paused) return "paused";
  if (strand.enabled && heldUntil(strand) > now) return `held ${span(strand.backoffUntil - now)}`.replace(" min", "m");
  return strand.done ? "done" : "";
}
