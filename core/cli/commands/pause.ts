import type { Command } from "commander";
import type { PauseView } from "../../http/schemas.ts";
import { printJson, type Cli } from "../cli.ts";
import { connect } from "../client.ts";
import { strandOf } from "../strandOf.ts";
import { table } from "../table.ts";
import { duration, printable, relative } from "../text.ts";

type Paused = PauseView["strands"][number];

const help = `
Nothing starts then until it is resumed; what runs goes on. Jobs of other schedulers are switched off at their owners, which may
limit how often they are asked; loom pause --show says how far that is.

Examples:
  loom pause                    everything
  loom pause nightly-report
  loom pause --show             what is paused, and what is not`;

export function pauseCommand(program: Command, cli: Cli): void {
  program
    .command("pause")
    .description("hold a strand still, or everything")
    .argument("[strand]", "without it everything")
    .option("--show", "say what is paused, and pause nothing")
    .option("--json", "print the API's shape")
    .addHelpText("after", help)
    .action(async (wanted: string | undefined, { show, json }: { show?: true; json?: true }) => {
      const report = show ? await connect(cli.home()).get<PauseView>("pause") : await ask(cli, "pause", wanted);
      tell(cli, report, json);
    });
}

export function resumeCommand(program: Command, cli: Cli): void {
  program
    .command("resume")
    .description("end a pause: each strand goes on as it was before")
    .argument("[strand]", "without it everything that was paused as a whole")
    .option("--json", "print the API's shape")
    .addHelpText("after", "\nExample:\n  loom resume")
    .action(async (wanted: string | undefined, { json }: { json?: true }) => tell(cli, await ask(cli, "resume", wanted), json));
}

async function ask(cli: Cli, what: "pause" | "resume", wanted: string | undefined): Promise<PauseView> {
  const client = connect(cli.home());
  const strandId = wanted === undefined ? undefined : (await strandOf(client, wanted)).id;
  return client.post<PauseView>(what, strandId === undefined ? {} : { strandId });
}

function tell(cli: Cli, report: PauseView, json: true | undefined): void {
  if (json) return printJson(cli, report);
  const { out, paint } = cli.terminal;
  const { everything, strands, queue } = report;
  const now = cli.clock.now();
  if (everything) out(`${paint("yellow", "Everything is paused")} by ${printable(everything.by)}, ${relative(everything.since, now)}.`);
  else if (strands.length === 0) out("Nothing is paused.");
  for (const line of strands.length > 0 ? pausedTable(strands, now, cli) : []) out(line);
  if (queue.waiting > 0) out(`${queue.waiting} still to be asked of their owners${queue.expectedWaitMs === null ? "" : `, about ${duration(queue.expectedWaitMs)}`}.`);
}

const STATES: Readonly<Record<Paused["state"], { text: string; colour?: "yellow" | "red" | "dim" }>> = {
  pausing: { text: "waits to be paused", colour: "yellow" },
  paused: { text: "paused" },
  refused: { text: "refused", colour: "red" },
  left_out: { text: "goes on", colour: "dim" },
  new: { text: "new, goes on", colour: "yellow" },
  resuming: { text: "waits to go on", colour: "yellow" },
  changed: { text: "changed meanwhile", colour: "yellow" },
};

function pausedTable(strands: readonly Paused[], now: number, cli: Cli): string[] {
  return table(
    strands,
    [
      { title: "STRAND", cell: ({ name }) => name, shrinks: true },
      { title: "STATE", cell: ({ state }) => STATES[state] },
      { title: "SINCE", cell: ({ since }) => relative(since, now) },
      { title: "BY", cell: ({ by }) => by },
      { title: "WHY", cell: ({ reason }) => reason ?? "", shrinks: true, optional: true },
    ],
    cli.terminal,
  );
}
