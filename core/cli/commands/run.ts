import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { askCommand, withWait, type AskOptions } from "../askCommand.ts";

const help = `
Without --wait it returns as soon as the wish is recorded.

Examples:
  loom run nightly-report
  loom run nightly-report --wait=60 && echo confirmed`;

export function runCommand(program: Command, cli: Cli): void {
  withWait(program.command("run").description("run a job now, whatever its schedule says"))
    .addHelpText("after", help)
    .action((strand: string, options: AskOptions) => askCommand(cli, strand, { path: "run" }, options));
}
