import type { Command } from "commander";
import { LoomError } from "../../errors/loomError.ts";
import type { OutputLines, RunDetail } from "../../http/schemas.ts";
import { asCount } from "../arguments.ts";
import { printJson, type Cli } from "../cli.ts";
import { connect, type Client } from "../client.ts";
import { outputLine } from "../outputLines.ts";
import { outputPath, RunOutput } from "../runOutput.ts";
import { RUN_HELP, runNamed } from "../runNamed.ts";
import { printable } from "../text.ts";

const help = `
Each line stands behind the id of its step, unless one step is named: step, step[3] for an item of a list, step/phase.

Examples:
  loom logs nightly-report                   its newest run
  loom logs 0199-… fetch --follow            one step, until the run ends; exit 1 when it fails
  loom logs nightly-report --search timeout  lines that hold the word, with their numbers`;

interface LogsOptions {
  readonly follow?: true;
  readonly search?: string;
  readonly limit: number;
  readonly json?: true;
}

export function logsCommand(program: Command, cli: Cli): void {
  program
    .command("logs")
    .description("show what the steps of a run have printed")
    .argument("<run>", RUN_HELP)
    .argument("[step]", "one step alone")
    .option("-f, --follow", "go on until the run ends")
    .option("--search <text>", "only lines that hold this, whatever the case")
    .option("--limit <n>", "how many lines of each step --search shows", asCount, 100)
    .option("--json", "with --search: print the lines as JSON")
    .addHelpText("after", help)
    .action(async (wanted: string, step: string | undefined, options: LogsOptions) => {
      const client = connect(cli.home());
      const { id } = await runNamed(client, wanted);
      if (step !== undefined) await refuseUnknown(client, id, step);
      if (options.search !== undefined) return search(cli, client, { runId: id, step, text: options.search, limit: options.limit, json: options.json === true });
      if (options.follow) {
        const { followRun } = await import("../followRun.ts");
        return followRun(cli, client, id, step);
      }
      const output = new RunOutput(cli, client, id, step);
      for (const printed of await stepsThatPrinted(client, id, step)) await output.print(printed);
      output.end();
    });
}

/** @throws LoomError NOT_FOUND with the steps that there are */
async function refuseUnknown(client: Client, runId: string, step: string): Promise<void> {
  const { steps } = await client.get<RunDetail>(`runs/${encodeURIComponent(runId)}`);
  // Items and phases come up while it runs.
  if (steps.some(({ id }) => id === step || step.startsWith(`${id}[`) || step.startsWith(`${id}/`))) return;
  throw new LoomError("NOT_FOUND", `The run has no step “${printable(step)}”.`, { help: `There are ${steps.map(({ id }) => printable(id)).join(", ")}.` });
}

/** In the order of the run. */
async function stepsThatPrinted(client: Client, runId: string, only: string | undefined): Promise<string[]> {
  if (only !== undefined) return [only];
  const { steps } = await client.get<RunDetail>(`runs/${encodeURIComponent(runId)}`);
  return steps.filter(({ outputBytes }) => outputBytes).map(({ id }) => id);
}

async function search(cli: Cli, client: Client, { runId, step, text, limit, json }: { runId: string; step: string | undefined; text: string; limit: number; json: boolean }): Promise<void> {
  const found: ({ step: string } & OutputLines)[] = [];
  for (const id of await stepsThatPrinted(client, runId, step)) {
    found.push({ step: id, ...(await client.get<OutputLines>(outputPath(runId, id), { search: text, limit: Math.min(limit, 1000) })) });
  }
  if (json) return printJson(cli, { items: found });
  const { out, paint } = cli.terminal;
  for (const { step: id, lines, more, missing } of found) {
    for (const line of lines) out(`${paint("dim", `${step === undefined ? `${printable(id)}:` : ""}${line.number}:`)} ${outputLine(line.text)}`);
    if (missing) out(paint("dim", `${printable(id)} is not kept as a whole: bytes ${missing.from} to ${missing.to} were not searched.`));
    if (more) out(paint("dim", `${printable(id)} has more such lines; --limit shows more of them.`));
  }
}
