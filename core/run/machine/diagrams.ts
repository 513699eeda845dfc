import type { RunStatus, StepStatus } from "../../store/statuses.ts";
import { runBirths, runEvent, runMoves, stepBirths, stepEvent, stepMoves } from "./states.ts";

/** `docs/run-machine.md`: the states of runs and steps, and how they go on. */
export function machinePage(): string {
  const run = { births: runBirths.map((to) => ({ to, label: runEvent(null, to)! })), moves: runMoves, event: runEvent };
  const kinds = Object.entries(stepBirths).flatMap(([kind, states]) => states.map((to) => ({ to, label: BIRTHS[kind as keyof typeof stepBirths] })));
  const step = { births: kinds, moves: stepMoves, event: stepEvent };
  return `# Runs and steps

How a run of a workflow and its steps go on. The diagrams are written from \`core/run/machine/states.ts\` by
\`npm exec -- node config/generate.ts\`; what is not drawn does not happen. On the arrows: the event that tells of the move,
stored in the same transaction.

## A run

${diagram<RunStatus>(run)}

A run *waits* where nothing goes on without a person's answer or a node that can do the next step. It ends when each of its
steps has: *failed* if one of them failed, whatever the others did, since a failure skips only the steps that depend on it.
Cancelling stops what is under way, skips the rest and ends in *cancelled*. A run that is repeated is a new one, which names
the old; it may keep the results of the steps that were completed.

## A step

${diagram<StepStatus>(step)}

- **pending**: its dependencies are not all done, or it waits for an answer or a node that can do it. Completed is done, and so is skipped by
  \`when\`. Once it is ready, \`when\`, \`each\` and \`input\` are evaluated, and what they said is kept: a retry sees the same.
- **dispatched** raises the step's epoch. A result that comes with an earlier epoch changes nothing. Its executor has it in hand, but
  its code need not have begun: where all threads are at work it stands in one line with the steps of all workflows, and tells of it
  after a second (\`step.held\`). Its time counts from its first line of code.
- **retrying** waits for its backoff. Attempts are one more than the step's \`retries\`, also where it was interrupted; one that ended
  through no fault of its own is not counted.
- **skipped** says why: \`when\`, \`dependency\` or \`cancelled\`. A step that was under way as the run was cancelled is *failed*, with the code
  \`cancelled\`.
- A step with \`each\` is under way as long as its items are; \`post[3]\` is the fourth item of \`post\`. An item that fails keeps no other
  from being done.
- \`post/upload\` is a phase of \`post\`: a row to be seen, which nobody dispatches. It ends with the attempt it belongs to.

## After a crash

When the gateway starts, whatever the one before had under way is ended first. Then each of its open steps is taken up:

| The step was | Its executor | What becomes of it |
|---|---|---|
| pending, retrying | any | goes on |
| dispatched, and in line for a thread | any | is dispatched anew; no attempt is lost, since it had not begun |
| dispatched, running | retries | retrying; failed_crash where no attempt is left |
| dispatched, running | reattaches | stays as it is, and its work is found again |
| dispatched, running | may not do it twice | failed_crash |
| dispatched, running in a run that is cancelled | retries, or may not do it twice | failed with the code \`cancelled\` |

A run whose version is gone, or cannot be read, goes on no more: it ends as failed, with all its steps that were not done, under the
code \`VERSION_NOT_LOADED\`. Done again, it goes by the workflow as it is now, and may keep what was done. So does one whose earlier run,
from which it was to go on, cannot be read, under the code \`RESULTS_NOT_READ\`: it is to be done again from its beginning.
`;
}

const BIRTHS: Readonly<Record<keyof typeof stepBirths, string>> = { step: "step, item", phase: "phase", kept: "kept by a re-run" };

interface Machine<Status extends string> {
  readonly births: readonly { readonly to: Status; readonly label: string }[];
  readonly moves: Readonly<Record<Status, readonly Status[]>>;
  readonly event: (from: Status, to: Status) => string | null;
}

function diagram<Status extends string>({ births, moves, event }: Machine<Status>): string {
  const arrow = (from: string, to: string, label: string | null): string => `  ${from} --> ${to}${label === null ? "" : `: ${label}`}`;
  const lines = (Object.entries(moves) as [Status, readonly Status[]][]).flatMap(([from, tos]) =>
    tos.length === 0 ? [arrow(from, "[*]", null)] : tos.map((to) => arrow(from, to, event(from, to))),
  );
  return ["```mermaid", "stateDiagram-v2", ...births.map(({ to, label }) => arrow("[*]", to, label)), ...lines, "```"].join("\n");
}
