import type { ObservedRun, ObservedStep } from "./contract.ts";

/** The run with no more of each step's output than its last `bytes` characters, in memory of their own: what is not kept is let go of. */
export function withEnds(run: ObservedRun, bytes: number): ObservedRun {
  return run.steps.some((step) => isLonger(step, bytes)) ? { ...run, steps: run.steps.map((step) => withEnd(step, bytes)) } : run;
}

/** How many characters of output these runs hold. */
export function heldBy(runs: readonly ObservedRun[]): number {
  return runs.reduce((sum, { steps }) => steps.reduce((all, { output = "" }) => all + output.length, sum), 0);
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
