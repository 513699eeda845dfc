import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { askCommand, withWait, type AskOptions } from "../askCommand.ts";

export function enableCommand(program: Command, cli: Cli): void {
  withWait(program.command("enable").description("switch a job's schedule on, at its owner"))
    .addHelpText("after", "\nExample:\n  loom enable nightly-report --wait")
    .action((strand: string, options: AskOptions) => askCommand(cli, strand, { path: "enabled", body: { enabled: true } }, options));
}

export function disableCommand(program: Command, cli: Cli): void {
  withWait(program.command("disable").description("switch a job's schedule off, at its owner"))
    .addHelpText("after", "\nExample:\n  loom disable nightly-report --wait=10")
    .action((strand: string, options: AskOptions) => askCommand(cli, strand, { path: "enabled", body: { enabled: false } }, options));
}
