import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import type { PluginView, WorkflowFileView } from "../../http/schemas.ts";
import { createRedactor } from "../../log/redact.ts";
import { ownFile } from "../../ownFiles.ts";
import type { CheckedFile, CheckReport, FileProblem, GatewayKnowledge } from "../../workflow/check.ts";
import { connect } from "../client.ts";
import { exitCodes, printJson, type Cli } from "../cli.ts";
import { fromHere } from "../fromHere.ts";
import { runningGateway } from "../runningGateway.ts";
import { printable } from "../text.ts";

const help = `
Without a file: all of LOOM_HOME's workflows/ and operations/, and those that come with Loom. Files are
loaded in a process of their own and no step is run. Types are checked when TypeScript is installed.
A name without an ending is that of a file in LOOM_HOME, or the id of what one holds; anything else is a
path from the working folder, else from LOOM_HOME. What others may write is not loaded. When a gateway runs, it is asked what its plugins offer and which file has an id.
Exit code 1 when there is a mistake.

Examples:
  loom check
  loom check hello`;

export function checkCommand(program: Command, cli: Cli): void {
  program
    .command("check [file...]")
    .description("look for mistakes in workflows and operations")
    .option("--json", "print the mistakes and the files as JSON")
    .addHelpText("after", help)
    .action(async (files: string[], options: { json?: true }) => {
      const { checkFiles } = await import("../../workflow/check.ts");
      const roots = { home: cli.home(), shipped: fileURLToPath(ownFile(".")) };
      const [env, gateway] = await Promise.all([environment(cli), gatewayKnowledge(cli.home())]);
      const redactor = createRedactor(env);
      const report = await checkFiles({ roots, files, workingFolder: process.cwd(), clock: cli.clock, env, redact: (text) => redactor.text(text), gateway });
      if (options.json) printJson(cli, { items: report.problems, notes: report.notes, files: report.files, types: report.types });
      else show(report, cli, files.length > 0);
      cli.exit(report.problems.length > 0 ? exitCodes.failed : exitCodes.ok);
    });
}

/** As a gateway has it, with `.env`; settings that are wrong keep nobody from looking at workflows. */
async function environment(cli: Cli): Promise<Cli["env"]> {
  const { loadConfig } = await import("../../config/load.ts");
  return loadConfig({ home: cli.home(), env: cli.env }).then(({ env }) => env, () => cli.env);
}

/** What the gateway that runs on this home knows; null: none runs, or it does not answer. */
async function gatewayKnowledge(home: string): Promise<GatewayKnowledge | null> {
  if (!runningGateway(home)) return null;
  try {
    const client = connect(home);
    const [files, plugins] = await Promise.all([client.list<WorkflowFileView>("workflows"), client.list<PluginView>("plugins")]);
    return { files, operations: plugins.flatMap(({ provides }) => provides.operations), executors: plugins.flatMap(({ provides }) => provides.executors) };
  } catch {
    return null;
  }
}

/** @param isNamed the person named the files; else those that come with Loom are of no interest as long as they are right */
function show({ problems, notes, files: checked, types }: CheckReport, { terminal }: Cli, isNamed: boolean): void {
  const files = checked.filter(({ root }) => isNamed || root !== "shipped");
  for (const problem of problems) showProblem(problem, (text) => terminal.out(text), terminal.paint.bind(terminal));
  for (const { file, line, message, mend } of notes) terminal.out(terminal.paint("yellow", printable(`${fromHere(file)}:${line}: ${message} ${mend ?? ""}`)));
  const faulty = new Set(problems.map(({ file }) => file));
  for (const file of files) if (!faulty.has(file.path)) terminal.out(`${terminal.paint("green", "✓")} ${printable(`${fromHere(file.path)}  ${contents(file)}`)}`);
  if (files.length === 0) terminal.out("There are no workflows and no operations yet: `loom init` makes a first one.");
  if (!types.checked && files.some(({ root, path }) => root !== "shipped" && !faulty.has(path))) terminal.out(terminal.paint("dim", printable(types.reason)));
  if (problems.length > 0) terminal.out(`${counted(problems.length, "mistake")} in ${counted(faulty.size, "file")}.`);
}

function showProblem({ file, line, message, mend }: FileProblem, out: (text: string) => void, paint: Cli["terminal"]["paint"]): void {
  out(`${paint("red", printable(`${fromHere(file)}:${line}:`))} ${printable(message)}`);
  if (mend) out(paint("dim", `    ${printable(mend)}`));
}

/** `hello, 2 steps`. */
function contents({ holds }: CheckedFile): string {
  if (holds.length === 0) return "(imported by others)";
  return holds
    .map(({ kind, id, steps, overrides, overridden }) => `${id}${kind === "workflow" ? `, ${counted(steps, "step")}` : ""}${overrides ? `, in place of the ${overrides} one` : ""}${overridden ? ", not in use: another file has this id" : ""}`)
    .join("; ");
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
