import { dirname, relative, resolve } from "node:path";
import type { Command } from "commander";
import type { WorkflowFileView } from "../../http/schemas.ts";
import { exitCodes, printJson, type Cli } from "../cli.ts";
import { connect } from "../client.ts";
import { fromHere } from "../fromHere.ts";
import { problemLine } from "../problemLine.ts";
import { table } from "../table.ts";
import { relative as when } from "../text.ts";

export function workflowsCommand(program: Command, cli: Cli): void {
  program
    .command("workflows")
    .description("list the files of workflows and operations, and whether they are live")
    .option("--json", "print the API's shape")
    .addHelpText("after", "\nExample:\n  loom workflows")
    .action(async (options: { json?: true }) => {
      const files = await connect(cli.home()).list<WorkflowFileView>("workflows");
      if (options.json) return printJson(cli, { items: files, next: null });
      if (files.length === 0) return cli.terminal.out("There are no workflows and no operations yet: `loom init` makes a first one.");
      for (const line of fileTable(files, cli)) cli.terminal.out(line);
      tellProblems(cli, files);
    });
}

export function reloadCommand(program: Command, cli: Cli): void {
  program
    .command("reload")
    .description("read all workflows and operations again")
    .option("--json", "print the API's shape")
    .addHelpText("after", "\nSaved files are read by themselves; this waits until what they hold is live. Exit code 1 when a file has a mistake.\n\nExample:\n  loom reload && loom run hello")
    .action(async (options: { json?: true }) => {
      const { items } = await connect(cli.home()).post<{ items: WorkflowFileView[] }>("reload");
      const broken = items.filter(({ problems }) => problems.length > 0);
      if (options.json) printJson(cli, { items, next: null });
      else {
        tellProblems(cli, items);
        cli.terminal.out(`${items.length - broken.length} of ${items.length} files are live as they are.`);
      }
      cli.exit(broken.length > 0 ? exitCodes.failed : exitCodes.ok);
    });
}

function fileTable(files: readonly WorkflowFileView[], cli: Cli): string[] {
  const now = cli.clock.now();
  return table(
    files,
    [
      { title: "FILE", cell: ({ path }) => shown(path, cli), shrinks: true },
      { title: "HOLDS", cell: whatItHolds, shrinks: true },
      { title: "STATE", cell: stateCell },
      { title: "LOADED", cell: ({ loadedAt }) => when(loadedAt, now) },
      { title: "FROM", cell: ({ root }) => root },
    ],
    cli.terminal,
  );
}

function stateCell({ problems, loadedAt }: WorkflowFileView): { text: string; colour: "green" | "red" | "yellow" } {
  if (problems.length === 0) return { text: "live", colour: "green" };
  return loadedAt === null ? { text: "broken", colour: "red" } : { text: "broken, the last good one is live", colour: "yellow" };
}

function whatItHolds({ holds }: WorkflowFileView): string {
  return holds.map(({ id, live }) => (live ? id : `${id} (another file has this id)`)).join(", ");
}

function tellProblems({ terminal }: Cli, files: readonly WorkflowFileView[]): void {
  const placed = files.flatMap(({ path: file, problems }) => problems.map(({ path, message, mend }) => ({ ...placeOf(path, dirname(file)), message, mend: mend ?? null })));
  const byPlace = placed.toSorted((a, b) => (a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1));
  for (const { file, line, message, mend } of byPlace) terminal.err(`${terminal.paint("red", "mistake")} ${problemLine({ path: `${fromHere(file)}:${line}`, message, mend })}`);
}

/** What is told as `file:line:column`, from the folder of the file that it is about. */
function placeOf(path: string, folder: string): { file: string; line: number; column: number } {
  const [, file, line, column] = /^(.+):(\d+):(\d+)$/.exec(path) ?? [];
  return { file: resolve(folder, file ?? path), line: Number(line ?? 1), column: Number(column ?? 1) };
}

/** Within LOOM_HOME from there. */
function shown(path: string, cli: Cli): string {
  const inside = relative(cli.home(), path);
  return inside.startsWith("..") ? path : inside;
}
