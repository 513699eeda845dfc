import { isLoomError, messageOf } from "../errors/loomError.ts";
import { problemLine } from "./problemLine.ts";
import type { Terminal } from "./terminal.ts";
import { printable } from "./text.ts";

/** Tells of an error in a line or two: what is wrong with its stable code, then what to do about it. */
export function reportError(error: unknown, terminal: Terminal): void {
  if (!isLoomError(error)) {
    terminal.err(`${terminal.paint("red", "error")} INTERNAL: ${printable(messageOf(error))}`);
    return;
  }
  terminal.err(`${terminal.paint("red", "error")} ${error.code}: ${error.message.split("\n").map(printable).join("\n")}`);
  for (const problem of error.problems) terminal.err(`  ${problemLine(problem)}`);
  terminal.err(printable(error.help));
}
