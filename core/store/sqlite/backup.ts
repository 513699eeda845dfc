import { ownFile } from "../../ownFiles.ts";
import { Thread } from "../../threads/thread.ts";
import type { BackupData } from "./backupThread.ts";
import { errorOf, type Fault } from "./faults.ts";

/** Copies of the database, each written by a thread of its own: neither writes nor reads wait for it. */
export class Backups {
  readonly #database: Omit<BackupData, "to">;
  #last: Promise<unknown> = Promise.resolve();

  constructor(database: Omit<BackupData, "to">) {
    this.#database = database;
  }

  /** One after the other. */
  write(to: string): Promise<{ readonly bytes: number }> {
    const writing = this.#last.then(() => copy({ ...this.#database, to }));
    this.#last = writing.catch(() => {});
    return writing;
  }

  async settled(): Promise<void> {
    await this.#last;
  }
}

async function copy(data: BackupData): Promise<{ readonly bytes: number }> {
  const thread = new Thread("loom-backup");
  const { promise, resolve, reject } = Promise.withResolvers<{ readonly bytes: number }>();
  const port = thread.run(ownFile("core/store/sqlite/backupThread.ts"), data);
  port.once("message", (answer: { readonly bytes: number } | { readonly fault: Fault }) => ("fault" in answer ? reject(errorOf(answer.fault)) : resolve(answer)));
  port.once("close", () => reject(thread.failure ?? new Error("The thread has ended.")));
  try {
    return await promise;
  } finally {
    await thread.end();
  }
}
