import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { makeFolder, type Folder } from "./folder.ts";

/** A disk of its own, in memory, that a test fills and empties. Mounting it takes root. */
export class SmallDisk implements AsyncDisposable {
  readonly folder: Folder;

  private constructor(folder: Folder) {
    this.folder = folder;
  }

  static async mount(bytes: number): Promise<SmallDisk> {
    const folder = await makeFolder();
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes},mode=0700`, "loom-test", folder.path], { stdio: "inherit" });
    return new SmallDisk(folder);
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.folder.path);
    return bavail * bsize;
  }

  /** Takes every byte that is left. */
  fill(): void {
    const file = openSync(this.#ballast, "a");
    try {
      for (const block of [Buffer.alloc(65_536), Buffer.alloc(4_096), Buffer.alloc(1)]) while (wrote(file, block));
    } finally {
      closeSync(file);
    }
  }

  /** Gives back what was taken. */
  empty(): void {
    rmSync(this.#ballast, { force: true });
  }

  /** Nobody writes to it any more, or again. Fails while a file is open for writing. */
  setReadOnly(isReadOnly: boolean): void {
    execFileSync("mount", ["-o", `remount,${isReadOnly ? "ro" : "rw"}`, this.folder.path], { stdio: "inherit" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Processes of a gateway that was killed stand in its home until they have noticed.
    await eventually(() => spawnSync("umount", [this.folder.path]).status, (status) => status === 0);
    await this.folder[Symbol.asyncDispose]();
  }

  get #ballast(): string {
    return join(this.folder.path, "ballast");
  }
}

function wrote(file: number, block: Buffer): boolean {
  try {
    return writeSync(file, block) === block.length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
    throw error;
  }
}
