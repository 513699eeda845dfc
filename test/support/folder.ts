import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder for one test, removed with `await using`. */
export interface Folder extends AsyncDisposable {
  readonly path: string;
  /** Writes files by relative path, with the folders that they need. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  remove(path: string): Promise<void>;
  at(path: string): string;
}

/** Makes a folder with these files outside the repository. */
export async function makeFolder(files: Readonly<Record<string, string>> = {}): Promise<Folder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "loom-test-")));
  const at = (name: string): string => join(path, name);
  const folder: Folder = {
    path,
    at,
    async write(more) {
      for (const [name, text] of Object.entries(more)) {
        await mkdir(dirname(at(name)), { recursive: true });
        await writeFile(at(name), text);
      }
    },
    remove: (name) => rm(at(name), { recursive: true, force: true }),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
  await folder.write(files);
  return folder;
}
