import { get, runPath } from "../state/api.js";

/** What the last runs said, asked for only by strands that are looked at from nearest, and once for each run. */

const KEPT = 60;
const LINES = 6;
const known = new Map();

/** The last lines that a run put out, its error first; none where it said nothing or cannot be asked. */
export function lastOutput(runId) {
  if (!known.has(runId)) {
    known.set(runId, get(runPath(runId)).then(linesOf, () => (known.delete(runId), [])));
    if (known.size > KEPT) known.delete(known.keys().next().value);
  }
  return known.get(runId);
}

function linesOf(run) {
  const steps = Array.isArray(run?.steps) ? run.steps : [];
  const failed = steps.find((step) => typeof step?.error === "string" && step.error !== "");
  const said = failed?.error ?? steps.findLast((step) => typeof step?.outputTail === "string" && step.outputTail.trim() !== "")?.outputTail ?? "";
  return String(said).slice(-4000).split("\n").map((line) => line.trim()).filter(Boolean).slice(-LINES);
}
