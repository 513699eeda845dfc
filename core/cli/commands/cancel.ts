import type { Command } from "commander";
import { asSeconds } from "../arguments.ts";
import { printJson, type Cli } from "../cli.ts";
import { connect } from "../client.ts";
import { RUN_HELP, runNamed } from "../runNamed.ts";

export function cancelCommand(program: Command, cli: Cli): void {
  program
    .command("cancel")
    .description("end a workflow's run")
    .argument("<run>", RUN_HELP)
    .option("--grace <seconds>", "how long its steps may take to stop by themselves", asSeconds)
    .option("--json", "print the API's shape")
    .addHelpText("after", "\nExample:\n  loom cancel nightly-report --grace 5")
    .action(async (wanted: string, { grace, json }: { grace?: number; json?: true }) => {
      const client = connect(cli.home());
      const { id } = await runNamed(client, wanted);
      const answer = await client.post<{ runId: string }>(`runs/${encodeURIComponent(id)}/cancel`, grace === undefined ? {} : { graceMs: Math.round(grace * 1000) });
      if (json) printJson(cli, answer);
      else cli.terminal.out(`cancelling run ${id}`);
    });
}
