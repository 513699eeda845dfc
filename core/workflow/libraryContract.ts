import type { Problem } from "../errors/loomError.ts";
import type { OperationFacts, WorkflowFacts } from "./facts.ts";
import type { Kind, Root } from "./sources.ts";

/** A file of the two roots, as it stands now. */
export interface LibraryFile {
  readonly path: string;
  readonly root: Root;
  /** What it holds, or held when it last worked. */
  readonly holds: readonly { readonly kind: Kind; readonly id: string; /** False where another file has the id. */ readonly live: boolean }[];
  /** Why what is on the disk is not live; with `file:line:column` from its folder as path. Empty: it is. */
  readonly problems: readonly Problem[];
  /** When what is live was loaded; null: never. */
  readonly loadedAt: number | null;
}

/** The version of a workflow that new runs get. */
export interface CurrentWorkflow {
  readonly facts: WorkflowFacts;
  /** Number of its version, from 1. */
  readonly version: number;
  readonly bundleHash: string;
  readonly shipped: boolean;
}

/** Workflows and operations of the two roots, as they are live now. */
export interface Library {
  files(): readonly LibraryFile[];
  workflow(id: string): CurrentWorkflow | undefined;
  workflows(): Iterable<CurrentWorkflow>;
  /** Of a file; those of plugins are in the registry. */
  operation(id: string): { readonly facts: OperationFacts; readonly bundleHash: string } | undefined;
  /** Reads all files again, and answers when what they hold is live. */
  reload(): Promise<readonly LibraryFile[]>;
  /** Calls `listener` after what is live, or what keeps a file from it, has changed. The answer ends it. */
  on(listener: (changed: { readonly workflows: readonly string[]; readonly files: readonly string[] }) => void): () => void;
}
