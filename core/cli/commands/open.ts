import { spawn } from "node:child_process";
import type { Command } from "commander";
import { printJson, type Cli } from "../cli.ts";
import { connect } from "../client.ts";
import { writeSignInPage } from "../signInPage.ts";

const help = `
The link works once, within ten minutes. The browser is given a page in LOOM_HOME that leads there; where it may not read that
folder, follow the link.

Examples:
  loom open                 open Loom in the browser, signed in
  loom open --no-browser    print the link only, as over SSH
  loom open --role viewer   for somebody who may look, and change nothing`;

export function openCommand(program: Command, cli: Cli): void {
  program
    .command("open")
    .description("print a fresh sign-in link, and open it in the browser where there is one")
    .option("--no-browser", "print the link only")
    .option("--role <role>", "what the browser may do: viewer, operator or admin (default: admin)")
    .option("--json", "print the API's answer")
    .addHelpText("after", help)
    .action(async (options: { browser: boolean; role?: string; json?: true }) => {
      const link = await connect(cli.home()).post<{ url: string; proxied: string | null; expiresAt: string }>("sign-in-links", options.role === undefined ? undefined : { role: options.role });
      if (options.json) return printJson(cli, link);
      cli.terminal.out(link.url);
      if (link.proxied !== null) cli.terminal.out(`or, elsewhere, ${link.proxied}`);
      if (options.browser && hasDesktop(cli.env)) openBrowser(await writeSignInPage(cli.home(), link.url), cli.env);
    });
}

function hasDesktop(env: NodeJS.ProcessEnv): boolean {
  return process.platform === "darwin" || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/** Opens the desktop's browser. Where that fails nothing is lost: the link has been printed. */
function openBrowser(page: string, env: NodeJS.ProcessEnv): void {
  spawn(process.platform === "darwin" ? "open" : "xdg-open", [page], { detached: true, stdio: "ignore", env })
    .on("error", () => {})
    .unref();
}
