/**
 * Says once that something in a folder changes, as far as the operating system tells. What comes after that is not heard until
 * somebody has looked: where changes come faster than they are heard, nothing else goes on while they come.
 */
import { watch, type FSWatcher } from "node:fs";
import { stampAt } from "./readFile.ts";

export class FolderWatch {
  readonly #path: string;
  readonly #onChange: () => void;
  #watcher: FSWatcher | null = null;
  /** The folder that is watched: another may be put in its place. */
  #folder: string | null = null;

  constructor(path: string, onChange: () => void) {
    this.#path = path;
    this.#onChange = onChange;
  }

  /** Begins to watch, or goes on; to be called before each look, and from time to time, since a folder may appear late or be replaced. */
  async ensure(signal: AbortSignal): Promise<void> {
    const folder = (await stampAt(this.#path))?.split(":")[0] ?? null;
    if (signal.aborted || folder === this.#folder) return;
    this.close();
    if (folder === null) return;
    try {
      this.#watcher = watch(this.#path, { persistent: false }, () => {
        this.close();
        this.#onChange();
      });
      this.#watcher.on("error", () => this.close());
      this.#folder = folder;
    } catch {
      // No watching here, such as when the machine has no watches left: looking from time to time has to do.
    }
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = null;
    this.#folder = null;
  }
}
