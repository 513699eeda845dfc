/** Decides whether a state folder is read from its files, and says what they do not tell themselves. */
import { join } from "node:path";
import type { SourceProblem } from "loom-gateway";
import { nobodyListens } from "../problems.ts";
import type { StateFolder } from "../stateFolder.ts";
import { isOlder } from "../versions.ts";
import { FilesReader, type About, type FilesReaderOptions } from "./filesReader.ts";
import { cronFiles, isSurelyOlder, type CronFiles } from "./layout.ts";
import { ownerIn, stampAt } from "./readFile.ts";

/** What a gateway said of itself. */
export interface Heard {
  readonly version: string;
  /** Whether it is one that is read from its files. */
  readonly older: boolean;
}

export class OlderFolder {
  readonly #folder: () => Promise<StateFolder>;
  readonly #options: Omit<FilesReaderOptions, "owner">;
  #reader: FilesReader | null = null;

  /** @param folder reads what the state folder says of itself now */
  constructor(folder: () => Promise<StateFolder>, options: Omit<FilesReaderOptions, "owner">) {
    this.#folder = folder;
    this.#options = options;
  }

  /**
   * The reader of its files and what is to be said of them; null where they are not the truth, since the folder is or
   * may be one of a release that keeps its jobs elsewhere.
   * @param heard by the gateway that answered last; null: none has answered since Loom started
   * @param problem why the gateway cannot be read now
   */
  async read(heard: Heard | null, problem: SourceProblem): Promise<{ readonly reader: FilesReader; readonly about: About } | null> {
    const folder = await this.#folder().catch(() => null);
    if (folder === null) return null;
    const files = cronFiles(folder.path, folder.cron.store);
    if (heard ? !heard.older : !isSurelyOlder(await signsOf(folder, files))) return null;
    if (this.#reader?.files.jobs !== files.jobs) {
      this.#reader?.close();
      this.#reader = new FilesReader(files, { ...this.#options, owner: ownerIn(folder.ownerUid) });
    }
    return { reader: this.#reader!, about: { version: versionOf(heard, folder), schedulerOn: folder.cron.enabled && !nobodyListens(problem) } };
  }

  /** Whether the files that were read are not there any more: a newer release moves them away when it first starts. */
  async isLeft(): Promise<boolean> {
    return this.#reader !== null && (await stampAt(this.#reader.files.jobs)) === null;
  }

  /** The gateway is read from now on. */
  close(): void {
    this.#reader?.close();
    this.#reader = null;
  }
}

async function signsOf(folder: StateFolder, files: CronFiles): Promise<Parameters<typeof isSurelyOlder>[0]> {
  const isThere = async (path: string): Promise<boolean> => (await stampAt(path)) !== null;
  return {
    lastTouchedVersion: folder.lastTouchedVersion,
    hasJobs: await isThere(files.jobs),
    hasState: await isThere(files.state),
    hasDatabase: await isThere(join(folder.path, "state", "openclaw.sqlite")),
  };
}

/** Releases that are not built from a package call themselves `dev`. */
function versionOf(heard: Heard | null, folder: StateFolder): string {
  return [heard?.version, folder.lastTouchedVersion].find((version) => version !== undefined && isOlder(version)) ?? "older than 2026.5.28";
}
