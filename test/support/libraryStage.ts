import { join } from "node:path";
import type { Log } from "../../core/log/log.ts";
import type { LoomEvent } from "../../core/plugin/contract.ts";
import type { Store } from "../../core/store/contract.ts";
import { openSqliteStore } from "../../core/store/sqlite/open.ts";
import { quietLog } from "../../core/testing/quietLog.ts";
import { createLibrary, type LibraryOptions, type RunningLibrary } from "../../core/workflow/library.ts";
import { makeFolder, type Folder } from "./folder.ts";
import { patientClock } from "./patientClock.ts";

/** Both roots in one folder, with a real store: the user's files lie under `home/`, those of Loom under `shipped/`. */
export interface LibraryStage extends AsyncDisposable {
  readonly folder: Folder;
  readonly store: Store;
  /** The one that runs now. */
  readonly library: RunningLibrary;
  /** Every committed event, as `type strand`. */
  readonly events: string[];
  /** Every message of level warn and error. */
  readonly complaints: string[];
  /** Writes files under `home/`. */
  save(files: Readonly<Record<string, string>>): Promise<void>;
  /** Resolves once the condition holds; looked at after each change that the library tells of. */
  until(holds: () => boolean): Promise<void>;
  /** `path: id id (problem; problem)` of each file; ids that are not live in brackets. */
  files(): string[];
  /** Ends the library that runs, and starts another one on the same store. */
  restart(): Promise<void>;
}

/** A workflow of one step. `more` are further lines of its definition. */
export function workflow(id: string, more = ""): string {
  return `import { defineWorkflow } from "loom-gateway";
export const workflow = defineWorkflow({
  id: "${id}",
  name: "Workflow ${id}",
  ${more}
  steps: [{ id: "one", label: "ONE", run: () => 1 }],
});
`;
}

export function operation(id: string, answer = "1"): string {
  return `import { defineOperation } from "loom-gateway";
export const operation = defineOperation({ id: "${id}", label: "ONE", run: () => ${answer} });
`;
}

/** @param files by relative path, beginning with `home/` or `shipped/` */
export async function libraryStage(files: Readonly<Record<string, string>> = {}, options: Partial<LibraryOptions> = {}): Promise<LibraryStage> {
  const folder = await makeFolder(files);
  const store = await openSqliteStore({ file: join(folder.path, "loom.db") });
  const events: string[] = [];
  const complaints: string[] = [];
  const complain = (message: string, fields?: object): void => void complaints.push(`${message} ${JSON.stringify(fields ?? {})}`);
  const log: Log = { ...quietLog, warn: complain, error: complain, child: () => log };
  store.onCommit((committed: readonly LoomEvent[]) => events.push(...committed.map(({ type, strandId }) => `${type} ${strandId}`)));
  const make = (): RunningLibrary =>
    createLibrary({
      roots: { home: folder.at("home"), shipped: folder.at("shipped") },
      ...store, nodeId: folder.path, bootId: "boot", env: process.env, redact: (text) => text, clock: patientClock(), log, hostZone: "Europe/Berlin", watch: false, tell: (event) => store.events.append(event), ...options,
    });
  let library = make();
  return {
    folder, store, events, complaints,
    get library() {
      return library;
    },
    save: (more) => folder.write(Object.fromEntries(Object.entries(more).map(([path, text]) => [`home/${path}`, text]))),
    until(holds) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = (): void => {
        if (holds()) resolve();
      };
      const stop = library.on(look);
      look();
      return promise.finally(stop);
    },
    files: () =>
      library.files().map(({ path, holds, problems }) => {
        const ids = holds.map(({ id, live }) => (live ? id : `[${id}]`)).join(" ");
        return `${path.slice(folder.path.length + 1)}: ${ids}${problems.map((problem) => ` (${problem.path} ${problem.message})`).join("")}`;
      }),
    async restart() {
      await library.stop();
      library = make();
      await library.start();
    },
    async [Symbol.asyncDispose]() {
      await library.stop();
      await store.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
