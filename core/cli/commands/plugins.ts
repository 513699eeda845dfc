import type { Command } from "commander";
import type { PluginView } from "../../http/schemas.ts";
import { printJson, type Cli } from "../cli.ts";
import { connect } from "../client.ts";
import { statusColours } from "../colours.ts";
import { table } from "../table.ts";

const help = `
A folder put into LOOM_HOME/plugins is loaded at once, and taken away when the folder goes.

Example:
  loom plugins`;

export function pluginsCommand(program: Command, cli: Cli): void {
  program
    .command("plugins")
    .description("list plugins, where they come from and what they provide")
    .option("--json", "print the API's shape")
    .addHelpText("after", help)
    .action(async (options: { json?: true }) => {
      const plugins = await connect(cli.home()).list<PluginView>("plugins");
      if (options.json) return printJson(cli, { items: plugins, next: null });
      if (plugins.length === 0) return cli.terminal.out("No plugins.");
      const lines = table(
        plugins,
        [
          { title: "PLUGIN", cell: ({ id }) => id, shrinks: true },
          { title: "VERSION", cell: ({ version }) => version ?? "—" },
          { title: "STATE", cell: ({ state }) => ({ text: state, colour: statusColours[state] }) },
          { title: "FROM", cell: ({ root, overrides }) => (overrides === null ? root : `${root}, over ${overrides}`) },
          { title: "PROVIDES", cell: (plugin) => whatItProvides(plugin), shrinks: true, optional: true },
          { title: "MESSAGE", cell: ({ error, notice, warnings }) => error?.message ?? notice?.title ?? warnings[0] ?? "", shrinks: true, optional: true },
        ],
        cli.terminal,
      );
      for (const line of lines) cli.terminal.out(line);
    });
}

function whatItProvides({ provides }: PluginView): string {
  const counts: [number, string][] = [
    [provides.sources, "source"],
    [provides.strands, "strand"],
    [provides.executors.length, "executor"],
    [provides.operations.length, "operation"],
    [provides.routes.length, "route"],
    [provides.services.length, "service"],
  ];
  return counts
    .filter(([n]) => n > 0)
    .map(([n, what]) => `${n} ${what}${n === 1 ? "" : "s"}`)
    .join(", ");
}
