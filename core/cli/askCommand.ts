import type { Command } from "commander";
import type { CommandView, StrandView } from "../http/schemas.ts";
import { asSeconds } from "./arguments.ts";
import { exitCodes, printJson, type Cli } from "./cli.ts";
import { connect, type Client } from "./client.ts";
import type { ExitCode } from "./exitCodes.ts";
import { strandOf } from "./strandOf.ts";
import { duration, printable } from "./text.ts";

const defaultWaitSeconds = 30;

export interface AskOptions {
  /** Seconds, or true for the usual time; absent when nobody waits. */
  readonly wait?: number | true;
  readonly json?: true;
}

/** Adds what `run`, `enable` and `disable` share. */
export function withWait(command: Command): Command {
  return command
    .argument("<strand>", "id, name, or the beginning of the id")
    .option("--wait [seconds]", `wait until the owner confirms (default: ${defaultWaitSeconds}); exit 0 confirmed, 3 refused, 4 still asked`, asSeconds)
    .option("--json", "print the command as the API shows it");
}

export interface Request {
  /** Below the strand's address. */
  readonly path: "run" | "enabled";
  readonly body?: unknown;
}

/**
 * Asks the owner of a strand for something, and waits for the answer where that is wished.
 * @returns the command as it stands then
 */
export async function askCommand(cli: Cli, wanted: string, options: AskOptions, requestFor: (strand: StrandView, client: Client) => Request | Promise<Request>): Promise<CommandView> {
  const client = connect(cli.home());
  const strand = await strandOf(client, wanted);
  const request = await requestFor(strand, client);
  // Listening begins before asking, so that no answer can slip through between the two.
  await using follower = options.wait === undefined ? null : await (await import("./followCommands.ts")).followCommands(client, cli.clock);
  const answer = await client.ask<{ command: CommandView }>(`strands/${encodeURIComponent(strand.id)}/${request.path}`, request.body);
  const seconds = options.wait === true ? defaultWaitSeconds : (options.wait ?? 0);
  const command = follower ? await follower.settled(answer.command, seconds * 1000) : answer.command;
  if (options.json) printJson(cli, { command });
  else tell(cli, strand, command);
  cli.exit(exitCodeOf(command, follower !== null));
  return command;
}

function tell(cli: Cli, strand: StrandView, command: CommandView): void {
  const { out, err, paint } = cli.terminal;
  const what = printable(`${command.kind} ${strand.name}`);
  const why = command.reason === null ? "" : `: ${printable(command.reason)}`;
  const patience = (words: string): string => (command.expectedWaitMs === null ? "" : ` (${words} ${duration(command.expectedWaitMs)})`);
  if (command.status === "confirmed") out(`${paint("green", "confirmed")} ${what}${command.runId === null ? "" : ` as ${printable(command.runId)}`}${why}`);
  else if (command.status === "refused") err(`${paint("red", "refused")} ${what}${why}${patience("ask again in")}`);
  else if (command.status === "unknown") err(`${paint("yellow", "unknown")} ${what}${why}`);
  else out(`asked ${what}${patience("it waits in its owner's queue, about")}${command.expectedWaitMs === null ? "" : `; loom withdraw ${command.id} takes it back`}`);
}

/** A command that is still on its way is a success unless somebody waited for its end. */
function exitCodeOf({ status }: CommandView, waited: boolean): ExitCode {
  if (status === "confirmed") return exitCodes.ok;
  if (status === "refused") return exitCodes.refused;
  return waited || status === "unknown" ? exitCodes.unsettled : exitCodes.ok;
}
