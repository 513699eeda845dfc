/** What becomes of this process where nobody takes what it prints: a reader that is gone, a file on a full disk. */

/** A command ends with its reader: `loom strands | head` closes our stdout, which is no error of ours. */
export function endWithReader(): void {
  process.stdout.on("error", endOrThrow);
}

/** The gateway goes on, and its log with the next line that is taken. */
export function outliveReader(): void {
  process.stdout.off("error", endOrThrow);
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}

function endOrThrow(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
}
