import type { Command } from "commander";
import type { OccurrenceView, StrandView } from "../../http/schemas.ts";
import { asCount } from "../arguments.ts";
import { printJson, type Cli } from "../cli.ts";
import { connect } from "../client.ts";
import { strandOf } from "../strandOf.ts";
import { table } from "../table.ts";
import { relative } from "../text.ts";

const help = `
Examples:
  loom missed                    firings that did not happen and that nobody has acknowledged
  loom missed nightly-report     those of one strand
  loom missed --all --limit 100  acknowledged ones as well`;

export function missedCommand(program: Command, cli: Cli): void {
  program
    .command("missed")
    .description("list firings that did not happen, latest first, and why")
    .argument("[strand]", "whose firings; without it those of all strands")
    .option("--limit <n>", "how many", asCount, 20)
    .option("--all", "acknowledged ones as well")
    .option("--json", "print the API's shape")
    .addHelpText("after", help)
    .action(async (wanted: string | undefined, options: { limit: number; all?: true; json?: true }) => {
      const client = connect(cli.home());
      const strands = wanted === undefined ? await client.list<StrandView>("strands") : [await strandOf(client, wanted)];
      const path = wanted === undefined ? "occurrences" : `strands/${encodeURIComponent(strands[0]!.id)}/occurrences`;
      const query = options.all ? { status: "missed" } : { asking: true };
      const missed = await client.list<OccurrenceView>(path, query, options.limit);
      if (options.json) return printJson(cli, { items: missed, next: null });
      if (missed.length === 0) return cli.terminal.out("Nothing was missed.");
      const names = new Map(strands.map(({ id, name }) => [id, name]));
      for (const line of missedTable(missed, names, cli)) cli.terminal.out(line);
    });
}

function missedTable(missed: readonly OccurrenceView[], names: ReadonlyMap<string, string>, cli: Cli): string[] {
  const now = cli.clock.now();
  return table(
    missed,
    [
      { title: "DUE", cell: ({ dueAt }) => relative(dueAt, now) },
      { title: "STRAND", cell: ({ strandId }) => names.get(strandId) ?? strandId, shrinks: true },
      { title: "CAUSE", cell: ({ cause, causeText }) => ({ text: causeText ?? "", colour: cause === null ? undefined : "yellow" }), shrinks: true },
    ],
    cli.terminal,
  );
}
