import { LoomError } from "../errors/loomError.ts";

export function hasEnded(): LoomError {
  return new LoomError("CONFLICT", "The run has ended already.", { help: "There is nothing left to cancel; `loom retry` does it again." });
}

export function usedBefore(): LoomError {
  return new LoomError("CONFLICT", "The idempotency key was used for something else before.", { help: "Use a new key for each thing that you ask." });
}

export function notKept(): LoomError {
  return new LoomError("CONFLICT", "What the run was to go on from is not kept any more.", { help: "It can be done again from its beginning: leave out --from failed." });
}
