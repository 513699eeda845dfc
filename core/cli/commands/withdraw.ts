import type { Command } from "commander";
import type { CommandView } from "../../http/schemas.ts";
import { printJson, type Cli } from "../cli.ts";
import { connect } from "../client.ts";
import { printable } from "../text.ts";

const help = `
An owner may limit how often it can be asked; commands wait for it in a queue, and what was not sent yet can be taken back.

Example:
  loom withdraw 0199-…`;

export function withdrawCommand(program: Command, cli: Cli): void {
  program
    .command("withdraw <command>")
    .description("take back a command that waits in its owner's queue")
    .option("--json", "print the command as the API shows it")
    .addHelpText("after", help)
    .action(async (id: string, options: { json?: true }) => {
      const command = await connect(cli.home()).remove<CommandView>(`commands/${encodeURIComponent(id)}`);
      if (options.json) printJson(cli, { command });
      else cli.terminal.out(`withdrawn ${command.kind} ${printable(command.strandId)}`);
    });
}
