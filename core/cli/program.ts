import { Command, CommanderError } from "commander";
import type { Clock } from "../clock/clock.ts";
import { homePath, openHome, ownHome } from "../config/home.ts";
import type { ErrorCode } from "../errors/catalogue.ts";
import { isLoomError } from "../errors/loomError.ts";
import type { Cli } from "./cli.ts";
import { auditCommand } from "./commands/audit.ts";
import { backupCommand, restoreCommand } from "./commands/backup.ts";
import { cancelCommand } from "./commands/cancel.ts";
import { checkCommand } from "./commands/check.ts";
import { configCommand } from "./commands/config.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { disableCommand, enableCommand } from "./commands/enable.ts";
import { initCommand } from "./commands/init.ts";
import { logsCommand } from "./commands/logs.ts";
import { missedCommand } from "./commands/missed.ts";
import { openCommand } from "./commands/open.ts";
import { pauseCommand, resumeCommand } from "./commands/pause.ts";
import { pluginsCommand } from "./commands/plugins.ts";
import { retryCommand } from "./commands/retry.ts";
import { runCommand } from "./commands/run.ts";
import { runsCommand } from "./commands/runs.ts";
import { sourcesCommand } from "./commands/sources.ts";
import { startCommand } from "./commands/start.ts";
import { statusCommand } from "./commands/status.ts";
import { strandsCommand } from "./commands/strands.ts";
import { tokensCommand } from "./commands/tokens.ts";
import { withdrawCommand } from "./commands/withdraw.ts";
import { reloadCommand, workflowsCommand } from "./commands/workflows.ts";
import { exitCodes, type ExitCode } from "./exitCodes.ts";
import { reportError } from "./report.ts";
import type { Terminal } from "./terminal.ts";

const about = `
A <strand> is named by its id, its name, or the beginning of its id that no other strand shares.

Exit codes: 0 done · 1 failed · 2 wrong usage · 3 the job's owner refused · 4 still asked when the wait was over · 5 the database is damaged, or of a newer Loom

Examples:
  loom start                       start the gateway on this machine
  loom strands --status failed     what went wrong
  loom missed                      what should have run and did not
  loom run nightly-report --wait   run a job now, and wait until its owner confirms
  loom logs nightly-report         what its newest run has printed`;

/** Nothing is started again for these. */
const UNUSABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["STORE_CORRUPT", "SCHEMA_TOO_NEW"]);

/** Commands that make the home where there is none. */
const MAKERS: ReadonlySet<string> = new Set(["start", "init"]);

/**
 * Runs one command line.
 * @param args what follows `loom`
 * @returns the exit code
 */
export async function runCommandLine(args: readonly string[], world: { env: NodeJS.ProcessEnv; terminal: Terminal; clock: Clock; version: string }): Promise<ExitCode> {
  const { env, terminal, clock } = world;
  let code: ExitCode = exitCodes.ok;
  let home = "";
  const program = new Command("loom")
    .description("Every scheduled job of this machine on one live page.")
    .version(world.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help for a command")
    .option("--home <folder>", "the gateway's folder (default: LOOM_HOME, else ~/.loom)")
    .addHelpText("after", about)
    .showHelpAfterError("Try it with --help.")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => terminal.out(text.trimEnd()), writeErr: (text) => terminal.err(text.trimEnd()) })
    .exitOverride();

  const cli: Cli = {
    env,
    terminal,
    clock,
    home: () => home,
    exit: (given) => void (code = given),
  };
  for (const register of commands) register(program, cli);
  program.hook("preAction", async (_program, command) => {
    const path = homePath({ ...env, LOOM_HOME: program.opts<{ home?: string }>().home ?? env.LOOM_HOME });
    home = MAKERS.has(command.name()) ? (await openHome(path)).path : await ownHome(path);
  });

  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    reportError(error, terminal);
    return isLoomError(error) && UNUSABLE.has(error.code) ? exitCodes.unusable : exitCodes.failed;
  }
  return code;
}

/** In the order of the help. */
const commands: readonly ((program: Command, cli: Cli) => void)[] = [
  startCommand,
  openCommand,
  statusCommand,
  strandsCommand,
  runsCommand,
  missedCommand,
  runCommand,
  logsCommand,
  cancelCommand,
  retryCommand,
  enableCommand,
  disableCommand,
  pauseCommand,
  resumeCommand,
  withdrawCommand,
  sourcesCommand,
  pluginsCommand,
  workflowsCommand,
  reloadCommand,
  initCommand,
  checkCommand,
  configCommand,
  tokensCommand,
  auditCommand,
  backupCommand,
  restoreCommand,
  doctorCommand,
];
