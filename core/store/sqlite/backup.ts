import { access, open, realpath, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Clock } from "../../clock/clock.ts";
import { LoomError } from "../../errors/loomError.ts";
import { linkOfOthers } from "../../linkOfOthers.ts";
import { ownFile } from "../../ownFiles.ts";
import { Thread } from "../../threads/thread.ts";
import { whoElseMayWrite } from "../../writableByOthers.ts";
import { copyIn, makePart, removeLeftParts, removePart } from "../backupPart.ts";
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
  const folder = dirname(to);
  if (await isThere(to)) throw new LoomError("STORE_UNAVAILABLE", `${to} is there already.`);
  await refuseShared(folder);
  await removeLeftParts(folder, (name) => name === basename(to));
  const part = await makePart(to);
  try {
    const path = copyIn(part);
    const bytes = await writeCopy({ file, busyTimeoutMs, part: path }, clock);
    if (await isThere(to)) throw new LoomError("CONFLICT", `Another backup to ${to} was written meanwhile, and stays.`);
    await rename(path, to);
    await syncFolder(folder);
    return { bytes };
  } finally {
    await removePart(part);
  }
}

/** A whole copy, which is on the disk. @returns its size in bytes */
async function writeCopy(data: CopyData, clock: Clock): Promise<number> {
  // There before SQLite writes to it, so that nobody else may ever read it.
  await using copy = await open(data.part, "wx", 0o600);
  const done = new AbortController();
  const writing = copyInto(data).finally(() => done.abort());
  // Its failure is heard below.
  writing.catch(() => {});
  while (!done.signal.aborted) {
    await copy.datasync();
    await clock.sleep(FLUSH_MS, done.signal).catch(() => {});
  }
  await writing;
  await copy.sync();
  return (await copy.stat()).size;
}

async function refuseShared(folder: string): Promise<void> {
  // Only what is ours in it counts.
  const others = await whoElseMayWrite(folder, true);
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
