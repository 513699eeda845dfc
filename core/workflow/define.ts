import type { ConcurrencySpec, OperationSpec, StepSpec, WorkflowSpec } from "./contract.ts";
import type { Seen } from "./results.ts";

/**
 * Gives a workflow its types. Export the answer as `workflow`. Nothing is checked here: Loom names all mistakes at once
 * when it loads the file, and so does `loom check`.
 *
 * A step sees the results of those listed before it, with their types for the first ten; the order decides about types only.
 */
export function defineWorkflow<
  Input,
  const I1 extends string, N1 extends string, A1, E1, W1,
  const I2 extends string, N2 extends string, A2, E2, W2,
  const I3 extends string, N3 extends string, A3, E3, W3,
  const I4 extends string, N4 extends string, A4, E4, W4,
  const I5 extends string, N5 extends string, A5, E5, W5,
  const I6 extends string, N6 extends string, A6, E6, W6,
  const I7 extends string, N7 extends string, A7, E7, W7,
  const I8 extends string, N8 extends string, A8, E8, W8,
  const I9 extends string, N9 extends string, A9, E9, W9,
  const I10 extends string, N10 extends string, A10, E10, W10,
>(
  // Written out, since TypeScript infers each step's types before it looks at the next one only where each has names of its own.
  workflow: Omit<WorkflowSpec<Input>, "steps" | "concurrency"> & {
    readonly concurrency?: ConcurrencySpec<Input>;
    readonly steps: readonly [
      StepSpec<I1, N1, A1, E1, W1, never, Input>,
      StepSpec<I2, N2, A2, E2, W2, Seen<I1, A1, E1, W1>, Input>?,
      StepSpec<I3, N3, A3, E3, W3, Seen<I1, A1, E1, W1> | Seen<I2, A2, E2, W2>, Input>?,
      StepSpec<I4, N4, A4, E4, W4, Seen<I1, A1, E1, W1> | Seen<I2, A2, E2, W2> | Seen<I3, A3, E3, W3>, Input>?,
      StepSpec<I5, N5, A5, E5, W5, Seen<I1, A1, E1, W1> | Seen<I2, A2, E2, W2> | Seen<I3, A3, E3, W3> | Seen<I4, A4, E4, W4>, Input>?,
      StepSpec<I6, N6, A6, E6, W6, Seen<I1, A1, E1, W1> | Seen<I2, A2, E2, W2> | Seen<I3, A3, E3, W3> | Seen<I4, A4, E4, W4> | Seen<I5, A5, E5, W5>, Input>?,
      StepSpec<I7, N7, A7, E7, W7, Seen<I1, A1, E1, W1> | Seen<I2, A2, E2, W2> | Seen<I3, A3, E3, W3> | Seen<I4, A4, E4, W4> | Seen<I5, A5, E5, W5> | Seen<I6, A6, E6, W6>, Input>?,
      StepSpec<I8, N8, A8, E8, W8, Seen<I1, A1, E1, W1> | Seen<I2, A2, E2, W2> | Seen<I3, A3, E3, W3> | Seen<I4, A4, E4, W4> | Seen<I5, A5, E5, W5> | Seen<I6, A6, E6, W6> | Seen<I7, A7, E7, W7>, Input>?,
      StepSpec<I9, N9, A9, E9, W9, Seen<I1, A1, E1, W1> | Seen<I2, A2, E2, W2> | Seen<I3, A3, E3, W3> | Seen<I4, A4, E4, W4> | Seen<I5, A5, E5, W5> | Seen<I6, A6, E6, W6> | Seen<I7, A7, E7, W7> | Seen<I8, A8, E8, W8>, Input>?,
      StepSpec<I10, N10, A10, E10, W10, Seen<I1, A1, E1, W1> | Seen<I2, A2, E2, W2> | Seen<I3, A3, E3, W3> | Seen<I4, A4, E4, W4> | Seen<I5, A5, E5, W5> | Seen<I6, A6, E6, W6> | Seen<I7, A7, E7, W7> | Seen<I8, A8, E8, W8> | Seen<I9, A9, E9, W9>, Input>?,
      ...StepSpec<string, string, unknown, any, unknown, any, Input>[],
    ];
  },
): WorkflowSpec<Input> {
  return Object.freeze(workflow) as unknown as WorkflowSpec<Input>;
}

/** Gives an operation its types. Export the answer as `operation`, or several in a list as `operations`. */
export function defineOperation<Input = unknown, Answer = unknown>(operation: OperationSpec<Input, Answer>): OperationSpec<Input, Answer> {
  return Object.freeze(operation);
}
