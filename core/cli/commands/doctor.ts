import type { Command } from "commander";
import { exitCodes, printJson, type Cli } from "../cli.ts";
import type { Finding } from "../doctor/finding.ts";
import type { Colour } from "../terminal.ts";
import { printable } from "../text.ts";

const help = `
Works whether or not the gateway runs. Exit code 1 when something is wrong.

Example:
  loom doctor`;

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
    .option("--json", "print the findings as JSON")
    .addHelpText("after", help)
    .action(async (options: { json?: true }) => {
      const { examine } = await import("../doctor/examine.ts");
      const findings = await examine(cli.home(), cli.env);
      if (options.json) printJson(cli, { items: findings });
      else findings.forEach((finding) => show(finding, cli));
      cli.exit(findings.some(({ level }) => level === "error") ? exitCodes.failed : exitCodes.ok);
    });
}

function show({ level, title, help: lines }: Finding, { terminal }: Cli): void {
  const [mark, colour] = marks[level];
  terminal.out(`${terminal.paint(colour, mark)} ${printable(title)}`);
  for (const line of lines) terminal.out(terminal.paint("dim", `    ${printable(line)}`));
}
