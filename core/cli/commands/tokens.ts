import type { Command } from "commander";
import type { TokenView } from "../../http/accessSchemas.ts";
import { asCount } from "../arguments.ts";
import { printJson, type Cli } from "../cli.ts";
import { connect } from "../client.ts";
import { table } from "../table.ts";
import { printable, relative } from "../text.ts";

const DAY_MS = 86_400_000;

const help = `
A token is for a program: it is shown once, and only a hash of it is kept.

Roles: viewer looks; operator also switches, runs, stops and acknowledges; admin also makes tokens and reads the audit log.

Examples:
  loom tokens                                            those there are
  loom tokens add prometheus --scope /metrics            one that may read the metrics, and nothing else
  loom tokens add deploy --role operator --scope strands/nightly-report --days 30
  loom tokens revoke 019a2b3c                            ends it, its sessions and feeds, and the tokens that it made`;

export function tokensCommand(program: Command, cli: Cli): void {
  const tokens = program
    .command("tokens")
    .description("list the credentials of programs; make one, or end one")
    .option("--all", "those that are over as well")
    .option("--json", "print the API's shape")
    .addHelpText("after", help)
    .action(async (options: { all?: true; json?: true }) => {
      const items = await connect(cli.home()).list<TokenView>("tokens");
      const now = cli.clock.now();
      const shown = options.all ? items : items.filter((token) => stateOf(token, now) === "in use");
      if (options.json) return printJson(cli, { items: shown });
      if (shown.length === 0) return cli.terminal.out("There are no tokens. `loom tokens add NAME` makes one.");
      for (const line of tokenTable(shown, now, cli)) cli.terminal.out(line);
    });

  tokens
    .command("add")
    .description("make a token and print it, this once")
    .argument("<name>", "whose it is; kept with what it changes")
    .option("--role <role>", "viewer, operator or admin", "viewer")
    .option("--scope <address...>", "addresses that it is for, with all below them, such as strands/nightly or /metrics (default: everything)")
    .option("--days <n>", "how long it holds (default: until it is revoked)", asCount)
    .option("--json", "print the API's answer")
    .action(async (name: string, options: { role: string; scope?: string[]; days?: number; json?: true }) => {
      const expiresAt = options.days === undefined ? null : new Date(cli.clock.now() + options.days * DAY_MS).toISOString();
      const made = await connect(cli.home()).post<{ token: TokenView; secret: string }>("tokens", { name, role: options.role, scope: options.scope ?? null, expiresAt });
      if (options.json ?? tokens.opts<{ json?: true }>().json) return printJson(cli, made);
      cli.terminal.out(made.secret);
      cli.terminal.err(`It is not shown again. \`loom tokens revoke ${made.token.id}\` ends it.`);
    });

  tokens
    .command("revoke")
    .description("end a token, with its sessions and feeds")
    .argument("<token>", "its id, its name, or the beginning of its id that no other one shares")
    .action(async (wanted: string) => {
      const client = connect(cli.home());
      const items = await client.list<TokenView>("tokens");
      const token = tokenOf(items.filter((each) => each.revokedAt === null), wanted);
      await client.remove(`tokens/${encodeURIComponent(token)}`);
      cli.terminal.out(`${printable(wanted)} is revoked.`);
    });
}

/** The id that is meant; what names none, or several, is asked for as it is, and the gateway says that there is none. */
function tokenOf(tokens: readonly TokenView[], wanted: string): string {
  const named = tokens.filter(({ id, name }) => id === wanted || name === wanted);
  const begun = tokens.filter(({ id }) => id.startsWith(wanted));
  return (named.length === 1 ? named : begun.length === 1 ? begun : [])[0]?.id ?? wanted;
}

function stateOf({ revokedAt, expiresAt }: TokenView, now: number): "in use" | "expired" | "revoked" {
  if (revokedAt !== null) return "revoked";
  return expiresAt !== null && Date.parse(expiresAt) <= now ? "expired" : "in use";
}

function tokenTable(tokens: readonly TokenView[], now: number, cli: Cli): string[] {
  return table(
    tokens,
    [
      { title: "ID", cell: ({ id }) => id },
      { title: "NAME", cell: ({ name }) => name, shrinks: true },
      { title: "ROLE", cell: ({ role }) => role },
      { title: "FOR", cell: ({ scope }) => scope?.join(" ") ?? "everything", shrinks: true },
      { title: "MADE", cell: ({ createdAt, madeBy }) => `${relative(createdAt, now)} by ${madeBy}` },
      { title: "ENDS", cell: (token) => (stateOf(token, now) === "in use" ? relative(token.expiresAt, now) : stateOf(token, now)) },
    ],
    cli.terminal,
  );
}
