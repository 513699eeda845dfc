import type { Clock } from "../clock/clock.ts";
import { exitCodes, type ExitCode } from "./exitCodes.ts";
import type { Terminal } from "./terminal.ts";
import { printableJson } from "./text.ts";

/** What a command works with, so that a test can hand in its own. */
export interface Cli {
  readonly env: NodeJS.ProcessEnv;
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** The folder that `--home` or LOOM_HOME names; else `~/.loom`. Nobody else's, once a command has begun. */
  home(): string;
  /** Sets the exit code; without it a command that returns has gone well. */
  exit(code: ExitCode): void;
}

/** Prints what `--json` asks for: the API's own shapes. */
export function printJson(cli: Cli, value: unknown): void {
  cli.terminal.out(printableJson(value));
}

export { exitCodes };
