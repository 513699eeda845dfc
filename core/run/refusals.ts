import { LoomError } from "../errors/loomError.ts";

/** To who cancels a run that is over. */
export function hasEnded(): LoomError {
  return new LoomError("CONFLICT", "The run has ended already.", { help: "There is nothing left to cancel; `loom retry` does it again." });
}

/** To who asks for another thing with a key that stands for one already. */
export function usedBefore(): LoomError {
  return new LoomError("CONFLICT", "The idempotency key was used for something else before.", { help: "Use a new key for each thing that you ask." });
}

/** To who wants to go on from a run that is forgotten, or is about to be. */
export function notKept(): LoomError {
  return new LoomError("CONFLICT", "What the run was to go on from is not kept any more.", { help: "It can be done again from its beginning: leave out --from failed." });
}
