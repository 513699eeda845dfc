import { join } from "node:path";
import type { Command } from "commander";
import { openHome } from "../../config/home.ts";
import { printJson, type Cli } from "../cli.ts";
import { printable } from "../text.ts";

const help = `
Makes the folders workflows/ and operations/, a tsconfig.json with which an editor knows loom-gateway, and
a first workflow where there is none. What is there already is kept as it is.

Example:
  loom init`;

export function initCommand(program: Command, cli: Cli): void {
  program
    .command("init")
    .description("lay down in LOOM_HOME what the author of a workflow needs")
    .option("--json", "print what was done as JSON")
    .addHelpText("after", help)
    .action(async (options: { json?: true }) => {
      const { layDown } = await import("../../workflow/init.ts");
      const home = await openHome(cli.home());
      const items = await layDown(home.path);
      if (options.json) return printJson(cli, { items });
      for (const { path, done } of items) cli.terminal.out(`${done.padEnd(7)} ${printable(path)}`);
      cli.terminal.out(`Write workflows in ${printable(join(home.path, "workflows"))}, and look for mistakes with \`loom check\`.`);
    });
}
