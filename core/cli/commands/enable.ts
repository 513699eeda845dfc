import type { Command } from "commander";
import { askCommand, withWait, type AskOptions } from "../askCommand.ts";
import type { Cli } from "../cli.ts";

interface SwitchOptions extends AskOptions {
  readonly reset?: true;
  readonly makeUp?: true;
}

const enableHelp = `
Examples:
  loom enable nightly-report --wait
  loom enable nightly-report --make-up   firings that fell while it was off are made up for, as its file says
  loom enable nightly-report --reset     let the file of a workflow say again whether it is on`;

export function enableCommand(program: Command, cli: Cli): void {
  withWait(program.command("enable").description("switch a strand's schedule on, at its owner"))
    .option("--make-up", "make up for firings of a workflow that fell while it was off")
    .option("--reset", "let the file of a workflow say again whether it is on")
    .addHelpText("after", enableHelp)
    .action((strand: string, options: SwitchOptions) => setEnabled(cli, strand, true, options));
}

export function disableCommand(program: Command, cli: Cli): void {
  withWait(program.command("disable").description("switch a strand's schedule off, at its owner"))
    .option("--reset", "let the file of a workflow say again whether it is on")
    .addHelpText("after", "\nExample:\n  loom disable nightly-report --wait=10")
    .action((strand: string, options: SwitchOptions) => setEnabled(cli, strand, false, options));
}

async function setEnabled(cli: Cli, strand: string, enabled: boolean, { reset, makeUp, ...options }: SwitchOptions): Promise<void> {
  await askCommand(cli, strand, options, () => ({ path: "enabled", body: { enabled: reset ? null : enabled, ...(makeUp && { makeUp }) } }));
}
