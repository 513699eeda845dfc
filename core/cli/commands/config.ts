import type { Command } from "commander";
import type { LoadedConfig } from "../../config/load.ts";
import { settings } from "../../config/settings.ts";
import { isLoomError } from "../../errors/loomError.ts";
import { createRedactor } from "../../log/redact.ts";
import { exitCodes, printJson, type Cli } from "../cli.ts";
import { table } from "../table.ts";

const help = `
Each setting comes from the last of these that gives it: its default, config.json, .env (both in
LOOM_HOME), the environment, a flag of \`loom start\`. What looks like a secret is not shown.

Examples:
  loom config
  loom config check      name every mistake; exit 1 when there is one`;

export function configCommand(program: Command, cli: Cli): void {
  const command = program
    .command("config")
    .description("show the settings in force and where each comes from")
    .option("--json", "print the settings and their origins as JSON")
    .addHelpText("after", help)
    .action(async (options: { json?: true }) => {
      const loaded = await load(cli);
      const entries = entriesOf(loaded);
      if (options.json) return printJson(cli, { items: entries });
      const lines = table(
        entries,
        [
          { title: "SETTING", cell: ({ path }) => path },
          { title: "VALUE", cell: ({ value }) => JSON.stringify(value), shrinks: true },
          { title: "FROM", cell: ({ from }) => ({ text: from, colour: from === "default" ? "dim" : undefined }) },
          { title: "VARIABLE", cell: ({ variable }) => ({ text: variable ?? "", colour: "dim" }) },
        ],
        cli.terminal,
      );
      for (const line of lines) cli.terminal.out(line);
    });

  command
    .command("check")
    .description("check the settings without starting anything")
    .option("--json", "print the mistakes as JSON, none when all is right")
    .addHelpText("after", "\nExit code 1 when there is a mistake.\n\nExamples:\n  loom config check\n  loom config check --json | jq -r '.items[].path'")
    .action(async () => {
      const json = command.opts<{ json?: true }>().json;
      try {
        await load(cli);
      } catch (error) {
        if (!json || !isLoomError(error) || error.problems.length === 0) throw error;
        printJson(cli, { items: error.problems });
        return cli.exit(exitCodes.failed);
      }
      if (json) printJson(cli, { items: [] });
      else cli.terminal.out("The settings are valid.");
    });
}

interface Entry {
  /** Dotted, such as `log.level`. */
  readonly path: string;
  readonly value: unknown;
  readonly from: string;
  /** The environment variable that sets it. */
  readonly variable: string | null;
}

async function load(cli: Cli): Promise<LoadedConfig> {
  // Brings a validator with it, for which the other commands need not wait.
  const { loadConfig } = await import("../../config/load.ts");
  return loadConfig({ home: cli.home(), env: cli.env });
}

function entriesOf({ config, sources }: LoadedConfig): Entry[] {
  return Object.entries(sources)
    .map(([path, from]) => ({
      path,
      value: shown(path, config),
      from,
      variable: settings.find((setting) => setting.path.join(".") === path)?.variable ?? null,
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The value at a path, without secrets; the whole path is its name, so that all below a `credentials` is one. */
function shown(path: string, config: LoadedConfig["config"]): unknown {
  const value = path.split(".").reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], config);
  return (createRedactor().value({ [path]: value }) as Record<string, unknown>)[path];
}
