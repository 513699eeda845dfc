import { LoomError } from "../errors/loomError.ts";
import type { ErrorCode } from "../errors/catalogue.ts";
import type { SourceTrouble } from "./contract.ts";

const codes = {
  unreachable: "SOURCE_UNREACHABLE",
  incompatible: "SOURCE_INCOMPATIBLE",
  needs_configuration: "SOURCE_NEEDS_CONFIGURATION",
  refused: "SOURCE_REFUSED",
} as const satisfies Record<SourceTrouble, ErrorCode>;

/**
 * What an adapter throws when its scheduler cannot be read or asked.
 * @param message what was tried and what came back, for people
 * @param help what the reader can do about it
 */
export class SourceProblem extends LoomError {
  readonly trouble: SourceTrouble;

  constructor(trouble: SourceTrouble, message: string, options: { help?: string; cause?: unknown; retryAfterMs?: number } = {}) {
    super(codes[trouble], message, options);
    this.trouble = trouble;
  }
}
