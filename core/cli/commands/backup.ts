import { mkdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { LoomError, messageOf } from "../../errors/loomError.ts";
import { backupName } from "../../store/backupName.ts";
import { Backups } from "../../store/sqlite/backup.ts";
import { lockHome } from "../../store/sqlite/homeLock.ts";
import { restore } from "../../store/sqlite/restore.ts";
import { printJson, type Cli } from "../cli.ts";
import { printable } from "../text.ts";

const BUSY_MS = 5_000;

const backupHelp = `
The copy is whole and as of one moment, also while the gateway runs, which goes on meanwhile. It holds every strand, run and
setting that Loom keeps in its database; the folders of plugins, workflows and operations are yours to copy.

Examples:
  loom backup                     into LOOM_HOME/backups
  loom backup /mnt/usb/loom.db    into a file that is not there yet`;

const restoreHelp = `
The gateway must not run. What is replaced is kept in LOOM_HOME/replaced, so that nothing is lost by a wrong choice.

Examples:
  loom restore ~/.loom/backups/loom-2026-11-21T03-00-00Z.db`;

export function backupCommand(program: Command, cli: Cli): void {
  program
    .command("backup")
    .description("write a whole copy of what Loom keeps, and check it")
    .argument("[file]", "where to; it must not be there (default: a new file in LOOM_HOME/backups)")
    .option("--json", "print file and bytes as JSON")
    .addHelpText("after", backupHelp)
    .action(async (named: string | undefined, options: { json?: true }) => {
      const home = cli.home();
      const file = await databaseOf(home);
      const folder = join(home, "backups");
      if (named === undefined) await mkdir(folder, { recursive: true, mode: 0o700 }).catch(refusedByDisk);
      const to = named === undefined ? join(folder, backupName(cli.clock.now())) : resolve(named);
      const { bytes } = await new Backups({ file, busyTimeoutMs: BUSY_MS, clock: cli.clock }).write(to);
      if (options.json) return printJson(cli, { file: to, bytes });
      cli.terminal.out(`${printable(to)} (${(bytes / 1_048_576).toFixed(1)} MiB)`);
    });
}

export function restoreCommand(program: Command, cli: Cli): void {
  program
    .command("restore")
    .description("put a copy in the place of what Loom keeps")
    .argument("<file>", "a copy that `loom backup` or the workflow gateway-backup wrote")
    .addHelpText("after", restoreHelp)
    .action(async (named: string) => {
      const home = cli.home();
      await databaseOf(home, { orNone: true });
      const lock = lockHome(join(home, "lock.db"));
      try {
        lock.describe("`loom restore`");
        const keptIn = join(home, "replaced", new Date(cli.clock.now()).toISOString().replaceAll(":", "-"));
        const { kept } = await restore({ file: join(home, "loom.db"), from: resolve(named), keptIn, at: cli.clock.now() });
        cli.terminal.out(`${printable(named)} is in place. ${kept ? `What it replaces is kept in ${printable(keptIn)}.` : "There was nothing to replace."}`);
      } finally {
        lock.release();
      }
    });
}

/** Such as one that is full, or that the system has made read-only. */
function refusedByDisk(cause: unknown): never {
  throw new LoomError("STORE_UNAVAILABLE", `There can be no folder for the copy: ${messageOf(cause)}.`, { cause });
}

async function databaseOf(home: string, { orNone = false } = {}): Promise<string> {
  const file = join(home, "loom.db");
  const there = await stat(orNone ? home : file).catch(() => null);
  if (!there) throw new LoomError("NOT_FOUND", `There is no Loom in ${home}.`, { help: "Name its folder with --home or LOOM_HOME." });
  return file;
}
