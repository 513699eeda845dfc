import { Option, type Command } from "commander";
import type { RunAnswerView } from "../../http/schemas.ts";
import { exitCodes, printJson, type Cli } from "../cli.ts";
import { connect } from "../client.ts";
import { RUN_HELP, runNamed } from "../runNamed.ts";
import { printable } from "../text.ts";

const help = `
Examples:
  loom retry nightly-report                  its newest run once more, with the same input
  loom retry 0199-… --from failed --follow   keep the results of steps that were done, and watch the rest`;

interface RetryOptions {
  readonly from: "start" | "failed";
  readonly follow?: true;
  readonly json?: true;
}

export function retryCommand(program: Command, cli: Cli): void {
  program
    .command("retry")
    .description("do a workflow's run again, by its newest version")
    .argument("<run>", RUN_HELP)
    .addOption(new Option("--from <where>", "from the start, or from where it failed").choices(["start", "failed"]).default("start"))
    .option("--follow", "show what it prints until it ends; exit 1 when it fails")
    .option("--json", "print the API's shape")
    .addHelpText("after", help)
    .action(async (wanted: string, { from, follow, json }: RetryOptions) => {
      const client = connect(cli.home());
      const { id } = await runNamed(client, wanted);
      const answer = await client.ask<RunAnswerView>(`runs/${encodeURIComponent(id)}/retry`, { from });
      if (json) printJson(cli, answer);
      else tell(cli, answer);
      if (answer.outcome === "skipped") return cli.exit(exitCodes.refused);
      if (!follow) return;
      const { followRun } = await import("../followRun.ts");
      await followRun(cli, client, answer.runId);
    });
}

function tell({ terminal }: Cli, { outcome, runId, reason }: RunAnswerView): void {
  if (outcome === "skipped") terminal.err(`${terminal.paint("red", "skipped")} run ${printable(runId)}${reason === null ? "" : `: ${printable(reason)}`}`);
  else terminal.out(`${terminal.paint("green", outcome)} run ${printable(runId)}`);
}
