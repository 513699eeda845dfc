import type { Command } from "commander";
import type { SourceView } from "../../http/schemas.ts";
import { printJson, type Cli } from "../cli.ts";
import { connect } from "../client.ts";
import { statusColours } from "../colours.ts";
import { table } from "../table.ts";
import { relative } from "../text.ts";

export function sourcesCommand(program: Command, cli: Cli): void {
  const sources = program
    .command("sources")
    .description("list the schedulers whose jobs Loom shows, and how well it sees them")
    .option("--json", "print the API's shape")
    .addHelpText("after", "\nExample:\n  loom sources\n\n`loom doctor` says what to do about a source that is not fresh.")
    .action(async (options: { json?: true }) => {
      const sources = await connect(cli.home()).list<SourceView>("sources");
      if (options.json) return printJson(cli, { items: sources, next: null });
      if (sources.length === 0) return cli.terminal.out("No scheduler has been found; `loom doctor` says where each plugin looked.");
      const now = cli.clock.now();
      const several = new Set(sources.map(({ node }) => node.id)).size > 1;
      const lines = table(
        sources,
        [
          { title: "SOURCE", cell: ({ label }) => label, shrinks: true },
          { title: "STATE", cell: ({ freshness }) => ({ text: freshness, colour: statusColours[freshness] }) },
          { title: "READ", cell: ({ lastGoodReadAt }) => relative(lastGoodReadAt, now) },
          { title: "STRANDS", cell: ({ strands }) => String(strands), align: "right" },
          { title: "VERSION", cell: ({ version }) => version ?? "—" },
          { title: "NODE", cell: ({ node }) => (several ? node.name : ""), optional: true },
          { title: "MESSAGE", cell: ({ message, schedulerOn }) => message ?? (schedulerOn ? "" : "its scheduler is switched off"), shrinks: true, optional: true },
          { title: "ID", cell: ({ id }) => id },
        ],
        cli.terminal,
      );
      for (const line of lines) cli.terminal.out(line);
    });
  sources
    .command("accept <id>")
    .description("believe what a suspect source says now: strands that it does not show any more go")
    .addHelpText("after", "\nExample:\n  loom sources accept openclaw-cron-mirror:3kq9\n\nA source is suspect when most of its jobs vanish at once.")
    .action(async (id: string) => {
      const { label, strands } = await connect(cli.home()).post<SourceView>(`sources/${encodeURIComponent(id)}/accept`);
      cli.terminal.out(`${label}: accepted; it has ${strands} ${strands === 1 ? "strand" : "strands"} now.`);
    });
}
