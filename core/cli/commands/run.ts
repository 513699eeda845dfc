import type { Command } from "commander";
import { askCommand, withWait, type AskOptions, type Request } from "../askCommand.ts";
import type { Cli } from "../cli.ts";
import { connect, type Client } from "../client.ts";
import type { StrandDetail, StrandView } from "../../http/schemas.ts";
import { inputFrom } from "../inputFlags.ts";
import { printable } from "../text.ts";

const help = `
Without --wait it returns as soon as the wish is recorded; a workflow has begun then.
What follows a workflow's name is its input: --name value, --switch, --no-switch, --list a --list b, or all of it as --input '{"name": …}'.

Examples:
  loom run nightly-report
  loom run nightly-report --wait=60 && echo confirmed
  loom run weather --cities Oslo --cities Rome --follow`;

export function runCommand(program: Command, cli: Cli): void {
  const command = withWait(program.command("run").description("run a strand now, whatever its schedule says"))
    .argument("[input...]", "what a workflow is started with, as --name value")
    .option("--follow", "show what a workflow's run prints until it ends; exit 1 when it fails")
    .allowUnknownOption()
    .addHelpText("after", help);
  command.action(async (strand: string, input: string[], { follow, ...options }: AskOptions & { follow?: true }) => {
    if (strand.startsWith("-")) command.error(`error: the strand comes first, before ${printable(strand)}`);
    const { runId, status } = await askCommand(cli, strand, options, (found, client) => requestFor(found, client, input, (why) => command.error(why)));
    if (!follow || runId === null || status === "refused") return;
    const { followRun } = await import("../followRun.ts");
    await followRun(cli, connect(cli.home()), runId);
  });
}

async function requestFor(strand: StrandView, client: Client, tokens: readonly string[], refuse: (why: string) => never): Promise<Request> {
  if (tokens.length === 0) return { path: "run" };
  const name = printable(strand.name);
  if (!strand.woven) return refuse(`error: ${name} is run by its owner and takes no input: ${printable(tokens.join(" "))}`);
  if (strand.woven.input === "none") return refuse(`error: ${name} takes no input: ${printable(tokens.join(" "))}`);
  const { inputSchema } = await client.get<StrandDetail>(`strands/${encodeURIComponent(strand.id)}`);
  const read = inputFrom(tokens, inputSchema);
  if ("mistakes" in read) return refuse(read.mistakes.map((mistake) => `error: ${printable(mistake)}`).join("\n"));
  return { path: "run", body: { input: read.input } };
}
