import type { Problem } from "../errors/loomError.ts";
import type { Kind } from "./sources.ts";

/** What a file turned out to hold once its code had been loaded: plain data, which goes from one process to another. */
export interface Reading {
  readonly definitions: readonly Definition[];
  /** Real paths of the files that went in. */
  readonly files: readonly string[];
  /** Why it could not be loaded: paths are `file:line:column`, from its folder. */
  readonly problems: readonly Problem[];
}

/** A workflow or an operation, as far as others have to know it. */
export interface Definition {
  readonly kind: Kind;
  /** Its place among several operations of a file. */
  readonly nth: number;
  /** Empty when it is none. */
  readonly id: string;
  readonly name: string;
  readonly steps: number;
  /** Workflows that it runs as steps, each with the path that names it. */
  readonly runs: readonly { readonly path: string; readonly id: string }[];
  readonly problems: readonly Problem[];
}
