import { Option, type Command } from "commander";
import type { SourceView, StrandView } from "../../http/schemas.ts";
import { strandStatuses } from "../../registry/strandStatus.ts";
import { printJson, type Cli } from "../cli.ts";
import { connect } from "../client.ts";
import { nextCell, statusCell, unfreshLines } from "../strandWords.ts";
import { table } from "../table.ts";
import { printable, relative } from "../text.ts";

const help = `
Examples:
  loom strands
  loom strands --status failed
  loom strands --json | jq -r '.items[] | select(.enabled | not) | .name'`;

export function strandsCommand(program: Command, cli: Cli): void {
  program
    .command("strands")
    .description("list every job: when it runs next and how it went last")
    .addOption(new Option("--status <status>", "only strands in this status").choices(strandStatuses))
    .option("--source <id>", "only strands of this source; `loom sources` lists them")
    .option("--json", "print the API's shape, all pages in one")
    .addHelpText("after", help)
    .action(async (options: { status?: string; source?: string; json?: true }) => {
      const client = connect(cli.home());
      const strands = await client.list<StrandView>("strands", { status: options.status, source: options.source });
      if (options.json) return printJson(cli, { items: strands, next: null });
      if (strands.length === 0) return cli.terminal.out(options.status || options.source ? "No strand fits." : "No strands yet; `loom sources` says where Loom looks.");
      // The API's order is that of the ids, which says nothing to people.
      const byName = strands.toSorted((a, b) => a.name.localeCompare(b.name));
      for (const line of strandTable(byName, cli)) cli.terminal.out(line);
      const sources = await client.list<SourceView>("sources");
      for (const line of unfreshLines(sources.filter(({ id }) => options.source === undefined || id === options.source))) cli.terminal.out(cli.terminal.paint("dim", printable(line)));
    });
}

function strandTable(strands: readonly StrandView[], cli: Cli): string[] {
  const now = cli.clock.now();
  return table(
    strands,
    [
      { title: "STRAND", cell: (strand) => strand.name, shrinks: true },
      { title: "STATUS", cell: statusCell },
      { title: "NEXT", cell: (strand) => nextCell(strand, now), shrinks: true },
      { title: "LAST", cell: ({ lastRun }) => relative(lastRun?.startedAt ?? null, now) },
      { title: "SCHEDULE", cell: ({ trigger }) => trigger.text, shrinks: true },
      { title: "SOURCE", cell: ({ source }) => source?.label ?? "loom", shrinks: true },
      // Whole, since `after` takes it so.
      { title: "ID", cell: ({ id }) => id },
    ],
    cli.terminal,
  );
}
