import { isLoomError, LoomError, messageOf } from "../errors/loomError.ts";
import { problemLine } from "./problemLine.ts";
import type { Terminal } from "./terminal.ts";
import { printable } from "./text.ts";

/** What a disk answers that is full, or cannot be written. */
const DISK = new Set(["ENOSPC", "EDQUOT", "EROFS", "EIO"]);

/** Tells of an error in a line or two: what is wrong with its stable code, then what to do about it. */
export function reportError(thrown: unknown, terminal: Terminal): void {
  const error = ofDisk(thrown) ?? thrown;
  if (!isLoomError(error)) {
    terminal.err(`${terminal.paint("red", "error")} INTERNAL: ${printable(messageOf(error))}`);
    return;
  }
  terminal.err(`${terminal.paint("red", "error")} ${error.code}: ${error.message.split("\n").map(printable).join("\n")}`);
  for (const problem of error.problems) terminal.err(`  ${problemLine(problem)}`);
  terminal.err(printable(error.help));
}

function ofDisk(error: unknown): LoomError | null {
  const isOfDisk = error instanceof Error && DISK.has((error as NodeJS.ErrnoException).code ?? "");
  return isOfDisk ? new LoomError("STORE_UNAVAILABLE", messageOf(error), { cause: error }) : null;
}
