import { systemClock } from "../clock/system.ts";
import { loomVersion } from "../version.ts";
import { runCommandLine } from "./program.ts";
import { processTerminal } from "./terminal.ts";

// `loom strands | head` closes our stdout; that is no error of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  terminal: processTerminal(process.env),
  clock: systemClock,
  version: loomVersion(),
});
