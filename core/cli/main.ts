import { holdProcess } from "../clock/holdProcess.ts";
import { systemClock } from "../clock/system.ts";
import { loomVersion } from "../version.ts";
import { endWithReader } from "./brokenOutput.ts";
import { refuseSharedCompileCache } from "./compileCache.ts";
import { runCommandLine } from "./program.ts";
import { processTerminal } from "./terminal.ts";

endWithReader();
refuseSharedCompileCache();

// Until the command is through: what it waits for may be a timer alone.
using _held = holdProcess();
process.exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  terminal: processTerminal(process.env),
  clock: systemClock,
  version: loomVersion(),
});
