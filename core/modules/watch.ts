import { basename } from "node:path";
import type { Clock, Timer } from "../clock/clock.ts";
import type { Log } from "../log/log.ts";

/** Editors write in several goes: the look waits until it has been quiet for so long … */
const QUIET_MS = 25;
/** … but no longer than that. */
const LONGEST_WAIT_MS = 250;
/** A watcher can die silently, and some file systems tell nothing: look again anyway. */
const LOOK_ANYWAY_MS = 10_000;

/** Not part of anybody's own code: packages need a restart anyway, the rest is the editor's. */
export const isForeign = (name: string): boolean => name === "node_modules" || name.startsWith(".");

export interface FolderWatch {
  close(): Promise<void>;
}

export interface FolderWatchOptions {
  /** They may come later. */
  readonly folders: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  /** Whether a file of this name is of interest; left out: each is. */
  readonly isWanted?: (name: string) => boolean;
  /** Something may have changed. Says nothing of what: whoever hears it looks for himself. */
  readonly onHint: () => void;
  /** Something has just changed, and may go on changing: a hint follows. */
  readonly onStir?: () => void;
}

/** Hints when files below the folders change, and from time to time without a change. */
export async function watchFolders({ folders, clock, log, isWanted = () => true, onHint, onStir = () => {} }: FolderWatchOptions): Promise<FolderWatch> {
  const { watch } = await import("chokidar");
  let quiet: Timer | undefined;
  let since: number | null = null;
  const hint = (): void => {
    quiet?.cancel();
    since ??= clock.mono();
    const left = Math.max(0, since + LONGEST_WAIT_MS - clock.mono());
    quiet = clock.timer(Math.min(QUIET_MS, left), () => {
      since = null;
      onHint();
    });
  };
  const watcher = watch([...folders], {
    ignoreInitial: true,
    atomic: false,
    ignored: (path, stats) => (stats?.isFile() === true && !isWanted(basename(path))) || folders.some((folder) => path.startsWith(`${folder}/`) && path.slice(folder.length + 1).split("/").some(isForeign)),
  });
  watcher.on("all", () => {
    onStir();
    hint();
  });
  watcher.on("error", (error) => log.warn("Folders cannot be watched; they are looked at every 10 s", { folders, error }));
  // What changed before the watcher was ready goes unheard.
  watcher.on("ready", hint);
  const anyway = clock.interval(LOOK_ANYWAY_MS, onHint);
  return {
    async close() {
      quiet?.cancel();
      anyway.cancel();
      await watcher.close();
    },
  };
}
