import type { Problem } from "../errors/loomError.ts";
import type { Bundle } from "../store/contract.ts";
import type { OperationFacts, WorkflowFacts } from "./facts.ts";

/** What a file turned out to hold once its code had been loaded: plain data, which goes from one process to another. */
export interface Reading {
  readonly definitions: readonly Definition[];
  /** Its code; null where it could not be put together. */
  readonly bundle: Bundle | null;
  /** Real paths of the files that went in. */
  readonly files: readonly string[];
  /** Why it could not be loaded: paths are `file:line:column`, from its folder. */
  readonly problems: readonly Problem[];
  /** What loaded it ended, or took too long: that may not have been for anything in the file, such as on a machine without memory. */
  readonly mayPass?: true;
}

/** The same without secrets in the words of its problems. */
export function redactedReading(reading: Reading, redact: (text: string) => string): Reading {
  const redacted = (problems: readonly Problem[]): Problem[] =>
    problems.map(({ path, message, mend }) => ({ path, message: redact(message), ...(mend !== undefined && { mend: redact(mend) }) }));
  return { ...reading, problems: redacted(reading.problems), definitions: reading.definitions.map((one) => ({ ...one, problems: redacted(one.problems) })) };
}

/** A workflow or an operation, as far as others have to know it. Without facts where it has problems. */
export type Definition = WorkflowDefinition | OperationDefinition;

export interface WorkflowDefinition extends Outline {
  readonly kind: "workflow";
  readonly facts: WorkflowFacts | null;
}

export interface OperationDefinition extends Outline {
  readonly kind: "operation";
  readonly facts: OperationFacts | null;
}

interface Outline {
  /** Its place among several operations of a file. */
  readonly nth: number;
  /** Empty when it is none. */
  readonly id: string;
  readonly name: string;
  readonly steps: number;
  /** Workflows that it runs as steps, each with the path that names it. */
  readonly runs: readonly { readonly path: string; readonly id: string }[];
  /** Operations that its steps are, the same way. */
  readonly operates: readonly { readonly path: string; readonly id: string }[];
  /** Kinds of executors that its steps name, the same way. */
  readonly executes: readonly { readonly path: string; readonly id: string }[];
  readonly problems: readonly Problem[];
}
