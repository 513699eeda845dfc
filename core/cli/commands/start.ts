import { InvalidArgumentError, type Command } from "commander";
import type { Gateway } from "../../main.ts";
import { outliveReader } from "../brokenOutput.ts";
import { exitCodes, type Cli } from "../cli.ts";
import { lean } from "../lean.ts";
import { stopOnSignal } from "../stopping.ts";
import { isKept } from "../terminal.ts";

const help = `
Prints the address and a sign-in link that works once; \`loom open\` makes another. On a machine that is shared (\`sharedMachine\`) it prints none into a file or the journal.
SIGINT (Ctrl-C) and SIGTERM stop it in order, within a minute; a second signal stops it at once.

Exit codes: 0 stopped in order · 1 could not start · 5 the database is damaged, or of a newer Loom, and was left as it is · 130, 143 ended by a second SIGINT, SIGTERM, or by force after the first

Examples:
  loom start
  loom start --port 8080 --home /srv/loom`;

interface StartOptions {
  readonly port?: number;
  readonly host?: string;
  readonly logLevel?: string;
  readonly logFormat?: string;
}

export function startCommand(program: Command, cli: Cli): void {
  program
    .command("start")
    .description("start the gateway in the foreground")
    .option("--port <number>", "port to listen on, 0 for any free one (default: LOOM_PORT, else 7373)", asPort)
    .option("--host <address>", "an address of this machine; beyond 127.0.0.1 and ::1 behind a proxy only (default: LOOM_HOST, else 127.0.0.1)")
    .option("--log-level <level>", "debug, info, warn or error (default: LOOM_LOG_LEVEL, else info)")
    .option("--log-format <format>", "pretty, json, or auto, which is pretty on a terminal")
    .addHelpText("after", help)
    .action(async (options: StartOptions) => {
      const home = cli.home();
      await lean(home);
      // Where it was called may be another's folder, or be gone by the time that a program or the bundler looks there.
      process.chdir(home);
      outliveReader();
      // The gateway's modules are many; the other commands start quicker without them.
      const { createGateway } = await import("../../main.ts");
      const stopping = stopOnSignal({ clock: cli.clock, tell: (line) => cli.terminal.err(line) });
      const gateway = await createGateway({ home, env: cli.env, flags: { ...options } });
      catchStrays(gateway);
      const { address, signInLink, proxiedLink, sharedMachine } = await gateway.start();
      cli.terminal.out(`Loom is at ${cli.terminal.paint("bold", address)}`);
      if (sharedMachine && isKept(cli.env)) cli.terminal.out("Sign in with `loom open`: a link is not for what others may read.");
      else {
        cli.terminal.out(`Sign in with ${signInLink}`);
        if (proxiedLink !== null) cli.terminal.out(`or, elsewhere, ${proxiedLink}`);
        cli.terminal.out(cli.terminal.paint("dim", "The link works once; `loom open` makes another. Ctrl-C stops Loom."));
      }
      await stopping.asked;
      await gateway.stop();
      stopping.over();
      cli.exit(exitCodes.ok);
    });
}

/** Outlives an error that nobody caught when a plugin is to blame for it; after any other the process cannot be trusted. */
function catchStrays(gateway: Gateway): void {
  process.on("uncaughtException", (error) => {
    if (gateway.blame(error)) return;
    gateway.log.error("Loom ends: nobody caught this error", { error });
    process.exit(1);
  });
}

function asPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError("A port is a number from 0 to 65535.");
  return port;
}
