import { access, mkdir, open, realpath, rename, stat, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Clock } from "../../clock/clock.ts";
import { LoomError } from "../../errors/loomError.ts";
import { linkOfOthers } from "../../linkOfOthers.ts";
import { ownFile } from "../../ownFiles.ts";
import { Thread } from "../../threads/thread.ts";
import { whoElseMayWrite } from "../../writableByOthers.ts";
import { copyIn, partOf, removePart } from "../backupPart.ts";
import type { CopyData } from "./backupThread.ts";
import { errorOf, faultOf, type Fault } from "./faults.ts";
import { syncFolder } from "./syncFolder.ts";

/** How often what is written so far is brought to the disk: all of it at the end would hold up every commit. */
const FLUSH_MS = 10;

export interface BackupsOptions {
  readonly file: string;
  readonly busyTimeoutMs: number;
  readonly clock: Clock;
}

/** Copies of the database, each written by a thread of its own: neither writes nor reads wait for it. */
export class Backups {
  readonly #options: BackupsOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: BackupsOptions) {
    this.#options = options;
  }

  /** One after the other. */
  write(to: string): Promise<{ readonly bytes: number }> {
    const writing = this.#last.then(() => backUp(this.#options, to)).catch((error: unknown) => Promise.reject(errorOf(faultOf(error))));
    this.#last = writing.catch(() => {});
    return writing;
  }

  async settled(): Promise<void> {
    await this.#last;
  }
}

async function backUp({ file, busyTimeoutMs, clock }: BackupsOptions, named: string): Promise<{ readonly bytes: number }> {
  const link = await linkOfOthers(named);
  if (link) throw new LoomError("HOME_UNSAFE", `${link}.`, { help: "Name a folder that only you may write." });
  // Where it leads now: a link of somebody else's on the way could lead elsewhere by the time that SQLite opens the copy.
  const to = join(await realpath(dirname(named)), basename(named));
  if (await isThere(to)) throw new LoomError("STORE_UNAVAILABLE", `${to} is there already.`);
  await refuseShared(dirname(to), true);
  const part = partOf(to);
  await remove(part);
  await mkdir(part, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => Promise.reject(error.code === "EEXIST" ? overtaken(to, error) : error));
  const path = copyIn(part);
  // There before SQLite writes to it, so that nobody else may ever read it.
  await using copy = await open(path, "wx", 0o600).catch((error: NodeJS.ErrnoException) => Promise.reject(["EEXIST", "ENOENT"].includes(error.code ?? "") ? overtaken(to, error) : error));
  try {
    const done = new AbortController();
    const writing = copyInto({ file, busyTimeoutMs, part: path }).finally(() => done.abort());
    // Its failure is heard below.
    writing.catch(() => {});
    while (!done.signal.aborted) {
      await copy.datasync();
      await clock.sleep(FLUSH_MS, done.signal).catch(() => {});
    }
    await writing;
    await copy.sync();
    if (!(await isAt(copy, path))) throw overtaken(to);
    await rename(path, to);
  } catch (error) {
    if (!(await isAt(copy, path))) throw overtaken(to, error);
    await remove(part);
    throw error;
  }
  await remove(part);
  await syncFolder(dirname(to));
  return { bytes: (await copy.stat()).size };
}

function overtaken(to: string, cause?: unknown): LoomError {
  return new LoomError("CONFLICT", `Another backup to ${to} has begun meanwhile, and goes on.`, { cause });
}

/** Whether this is still the file of that name: a backup to the same place takes away what it finds there. */
async function isAt(copy: FileHandle, path: string): Promise<boolean> {
  const [own, there] = await Promise.all([copy.stat({ bigint: true }), stat(path, { bigint: true }).catch(() => null)]);
  return there?.ino === own.ino && there.dev === own.dev;
}

async function remove(part: string): Promise<void> {
  try {
    await removePart(part);
  } catch (error) {
    await refuseShared(part);
    throw error;
  }
}

/** @param isParent only what is ours in it counts */
async function refuseShared(path: string, isParent = false): Promise<void> {
  const others = await whoElseMayWrite(path, isParent);
  if (others) throw new LoomError("HOME_UNSAFE", `The copy would be there for others: ${others}. Name a folder that only you may write.`);
}

async function copyInto(data: CopyData): Promise<void> {
  const thread = new Thread("loom-backup");
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const port = thread.run(ownFile("core/store/sqlite/backupThread.ts"), data);
  port.once("message", ({ fault }: { readonly fault: Fault | null }) => (fault ? reject(errorOf(fault)) : resolve()));
  port.once("close", () => reject(thread.failure ?? new Error("The thread has ended.")));
  try {
    await promise;
  } finally {
    await thread.end();
  }
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false);
}
