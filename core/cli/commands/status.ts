import type { Command } from "commander";
import type { GatewayView, SourceView, StrandView } from "../../http/schemas.ts";
import { printJson, type Cli } from "../cli.ts";
import { connect } from "../client.ts";
import { statusColours } from "../colours.ts";
import { unfreshLines } from "../strandWords.ts";
import { duration, printable } from "../text.ts";

export function statusCommand(program: Command, cli: Cli): void {
  program
    .command("status")
    .description("say whether the gateway runs and how its strands are")
    .option("--json", "print the gateway's facts and the number of strands in each status")
    .addHelpText("after", "\nExample:\n  loom status || loom start")
    .action(async (options: { json?: true }) => {
      const client = connect(cli.home());
      const [info, strands, sources] = await Promise.all([
        client.get<GatewayView>("gateway"),
        client.list<StrandView>("strands"),
        client.list<SourceView>("sources"),
      ]);
      const counts = countBy(strands.map(({ status }) => status));
      if (options.json) return printJson(cli, { ...info, address: client.gateway.address, pid: client.gateway.pid, strands: counts });

      const { out, paint } = cli.terminal;
      out(`Loom ${info.version} at ${paint("bold", client.gateway.address)} on ${printable(info.node.name)}, up for ${duration(Math.max(0, cli.clock.now() - Date.parse(info.startedAt)))}`);
      const shares = Object.entries(counts).map(([status, n]) => {
        const colour = statusColours[status];
        const text = `${n} ${status}`;
        return colour ? paint(colour, text) : text;
      });
      out(`${strands.length} strands${shares.length > 0 ? `: ${shares.join(", ")}` : ""}`);
      if (info.store.trouble) out(paint("red", `Not everything can be stored: ${printable(info.store.trouble.message)} ${info.store.trouble.help}`));
      for (const line of unfreshLines(sources)) out(printable(line));
    });
}

function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
