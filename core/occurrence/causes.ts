import type { MissCause } from "../store/contract.ts";

const WORDS: Readonly<Record<MissCause, string>> = {
  disabled: "It was switched off",
  scheduler_off: "Its scheduler was switched off as a whole",
  source_down: "Its scheduler was not running",
  error_backoff: "Its owner held it back after an error",
  asleep: "The machine was asleep",
  overlap: "The run before was still under way",
  unreadable: "Its source could not be read then, or not be relied on",
};

/** Why a firing did not happen, in words for people; null stands for a cause that is not known. */
export function causeText(cause: MissCause | null): string {
  return cause === null ? "It is not known why" : WORDS[cause];
}
