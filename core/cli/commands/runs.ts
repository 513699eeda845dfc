import type { Command } from "commander";
import type { RunView, StrandView } from "../../http/schemas.ts";
import { printJson, type Cli } from "../cli.ts";
import { connect } from "../client.ts";
import { runCell } from "../strandWords.ts";
import { strandOf } from "../strandOf.ts";
import { table } from "../table.ts";
import { duration, relative } from "../text.ts";
import { asCount } from "../arguments.ts";

const help = `
Examples:
  loom runs                             the newest runs of all strands
  loom runs nightly-report --limit 5
  loom runs --red                       failed runs that nobody has acknowledged`;

export function runsCommand(program: Command, cli: Cli): void {
  program
    .command("runs")
    .description("list runs, newest first")
    .argument("[strand]", "whose runs; without it those of all strands")
    .option("--limit <n>", "how many", asCount, 20)
    .option("--red", "only failed runs that nobody has acknowledged")
    .option("--json", "print the API's shape")
    .addHelpText("after", help)
    .action(async (wanted: string | undefined, options: { limit: number; red?: true; json?: true }) => {
      const client = connect(cli.home());
      const strands = wanted === undefined ? await client.list<StrandView>("strands") : [await strandOf(client, wanted)];
      const path = wanted === undefined ? "runs" : `strands/${encodeURIComponent(strands[0]!.id)}/runs`;
      const runs = await client.list<RunView>(path, { red: options.red }, options.limit);
      if (options.json) return printJson(cli, { items: runs, next: null });
      if (runs.length === 0) return cli.terminal.out("No runs.");
      const names = new Map(strands.map(({ id, name }) => [id, name]));
      for (const line of runTable(runs, names, cli)) cli.terminal.out(line);
    });
}

function runTable(runs: readonly RunView[], names: ReadonlyMap<string, string>, cli: Cli): string[] {
  const now = cli.clock.now();
  return table(
    runs,
    [
      { title: "STARTED", cell: ({ startedAt }) => relative(startedAt, now) },
      { title: "STRAND", cell: ({ strandId }) => names.get(strandId) ?? strandId, shrinks: true },
      { title: "STATUS", cell: runCell },
      { title: "TOOK", cell: ({ durationMs }) => (durationMs === null ? "—" : duration(durationMs)), align: "right" },
      { title: "TRIGGER", cell: ({ trigger, triggerBy }) => (triggerBy === null ? trigger : `${trigger} by ${triggerBy}`) },
      { title: "ERROR", cell: (run) => run.error?.split("\n")[0] ?? run.code ?? "", shrinks: true, optional: true },
      { title: "ID", cell: ({ id }) => id },
    ],
    cli.terminal,
  );
}
