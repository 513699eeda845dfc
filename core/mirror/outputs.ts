import type { ObservedRun, ObservedStep } from "./contract.ts";

const weights = new WeakMap<ObservedRun, number>();

/** The run with no more of each step's output than its last `bytes` characters, in memory of their own: what is not kept is let go of. */
export function withEnds(run: ObservedRun, bytes: number): ObservedRun {
  return run.steps.some((step) => isLonger(step, bytes)) ? { ...run, steps: run.steps.map((step) => withEnd(step, bytes)) } : run;
}

/** How many characters a run has as JSON, in which a control character has six. Reckoned once for each. */
export function weightOf(run: ObservedRun): number {
  let weight = weights.get(run);
  if (weight === undefined) weights.set(run, (weight = JSON.stringify(run).length));
  return weight;
}

/** A character is a byte at least, so the last `bytes` of them hold the last `bytes` bytes. */
function withEnd(step: ObservedStep, bytes: number): ObservedStep {
  if (!isLonger(step, bytes)) return step;
  const output = step.output!;
  // A slice alone would keep the whole text in memory.
  const end = bytes === 0 ? "" : Buffer.from(output.slice(-bytes)).toString();
  return { ...step, output: end, outputBytes: Math.max(step.outputBytes ?? 0, Buffer.byteLength(output)) };
}

function isLonger({ output = "" }: ObservedStep, bytes: number): boolean {
  return output.length > bytes;
}
