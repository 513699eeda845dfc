import type { Command } from "commander";
import { exitCodes, printJson, type Cli } from "../cli.ts";
import { messageOf } from "../../errors/loomError.ts";
import { finding, type Finding } from "../doctor/finding.ts";
import type { Colour } from "../terminal.ts";
import { printable } from "../text.ts";

const help = `
Works whether or not the gateway runs. Exit code 1 when something is wrong, such as a source that
has been stale for more than a minute. With --mend it puts right what needs no
decision of yours, such as the modes of files, and reads stale sources again.

Examples:
  loom doctor
  loom doctor --mend
  loom doctor --security    what Loom's safety depends on: who can reach it, who may do what`;

const marks: Readonly<Record<Finding["level"], readonly [string, Colour]>> = {
  ok: ["✓", "green"],
  info: ["·", "dim"],
  warning: ["!", "yellow"],
  error: ["✗", "red"],
};

export function doctorCommand(program: Command, cli: Cli): void {
  program
    .command("doctor")
    .description("look for what is wrong, and say what to do about it")
    .option("--mend", "put right what can be")
    .option("--security", "look at what Loom's safety depends on, and at nothing else")
    .option("--json", "print the findings as JSON")
    .addHelpText("after", help)
    .action(async (options: { mend?: true; security?: true; json?: true }) => {
      const examine = options.security ? (await import("../doctor/security.ts")).examineSecurity : (await import("../doctor/examine.ts")).examine;
      const findings = await Promise.all((await examine(cli.home(), cli.env, cli.clock)).map(async (found) => (options.mend ? mended(found) : found)));
      if (options.json) printJson(cli, { items: findings });
      else findings.forEach((finding) => show(finding, cli));
      cli.exit(findings.some(({ level }) => level === "error") ? exitCodes.failed : exitCodes.ok);
    });
}

/** The finding after an attempt to mend it. */
async function mended(found: Finding): Promise<Finding> {
  if (!found.mend) return found;
  try {
    return finding("info", `${found.title} — mended: ${await found.mend()}`);
  } catch (error) {
    return finding(found.level, found.title, ...found.help, `It could not be mended: ${messageOf(error)}`);
  }
}

function show({ level, title, help: lines }: Finding, { terminal }: Cli): void {
  const [mark, colour] = marks[level];
  terminal.out(`${terminal.paint(colour, mark)} ${printable(title)}`);
  for (const line of lines) terminal.out(terminal.paint("dim", `    ${printable(line)}`));
}
