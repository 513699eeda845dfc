import type { Command } from "commander";
import type { AuditView } from "../../http/accessSchemas.ts";
import { asCount } from "../arguments.ts";
import { printJson, type Cli } from "../cli.ts";
import { connect } from "../client.ts";
import { table } from "../table.ts";
import { relative } from "../text.ts";

const help = `
Every change that was asked for through the page, the command line or the API is kept before it is tried, with what came of it.

Examples:
  loom audit                          the newest changes
  loom audit --who deploy --limit 100 those of one credential
  loom audit --target nightly-report  those of one strand`;

export function auditCommand(program: Command, cli: Cli): void {
  program
    .command("audit")
    .description("list who changed what, from where, and what came of it, newest first")
    .option("--who <name>", "of one credential")
    .option("--target <id>", "of one strand, run, source or token")
    .option("--limit <n>", "how many", asCount, 20)
    .option("--json", "print the API's shape")
    .addHelpText("after", help)
    .action(async ({ who, target, limit, json }: { who?: string; target?: string; limit: number; json?: true }) => {
      const entries = await connect(cli.home()).list<AuditView>("audit", { who, target }, limit);
      if (json) return printJson(cli, { items: entries, next: null });
      if (entries.length === 0) return cli.terminal.out("Nothing was changed.");
      for (const line of auditTable(entries, cli)) cli.terminal.out(line);
    });
}

function auditTable(entries: readonly AuditView[], cli: Cli): string[] {
  const now = cli.clock.now();
  const nameOf = namesOf(entries);
  return table(
    entries,
    [
      { title: "WHEN", cell: ({ at }) => relative(at, now) },
      { title: "WHO", cell: (entry) => (entry.via === "session" ? `${nameOf(entry)} (browser)` : nameOf(entry)), shrinks: true },
      { title: "FROM", cell: ({ peer }) => peer },
      { title: "CHANGE", cell: ({ action }) => action.replace("/api/loom/", "") },
      { title: "OF", cell: ({ target }) => target ?? "", shrinks: true, optional: true },
      { title: "WITH", cell: ({ detail }) => (detail === null ? "" : JSON.stringify(detail)), shrinks: true, optional: true },
      { title: "RESULT", cell: ({ result }) => ({ text: result ?? "unknown", colour: result === "done" ? "green" : result === null ? "yellow" : "red" }) },
    ],
    cli.terminal,
  );
}

/** Names of credentials; of several that have the same name with the token's id. */
function namesOf(entries: readonly AuditView[]): (entry: AuditView) => string {
  const tokens = Map.groupBy(entries, ({ who }) => who);
  const isShared = (who: string): boolean => new Set(tokens.get(who)?.map(({ tokenId }) => tokenId)).size > 1;
  return ({ who, tokenId }) => (tokenId !== null && isShared(who) ? `${who} ${tokenId}` : who);
}
