import { once } from "node:events";
import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isSource, ownFile } from "../../ownFiles.ts";
import { Thread } from "../../threads/thread.ts";

/** A file of the page. */
export interface PageFile {
  /** Another one when the file is another. */
  readonly stamp: string;
  read(): Promise<Buffer>;
}

/** Where the files of the page come from. */
export interface PageFiles {
  /** @param path of letters, digits and `_.-`, such as `/app.js` */
  find(path: string): Promise<PageFile | null>;
}

/** The page that comes with Loom. */
export function ownPage(): PageFiles {
  const folder = fileURLToPath(ownFile("public"));
  return isSource ? bundledFiles(folder) : filesOf(folder);
}

/** The files of a folder, as they are: those of the published package, which are bundled already. */
export function filesOf(folder: string): PageFiles {
  return {
    async find(name) {
      const path = join(folder, name);
      // A link could lead out of the folder: it is not followed.
      const found = await lstat(path).catch(() => null);
      return found?.isFile() ? { stamp: stampOf(found), read: () => readFile(path) } : null;
    },
  };
}

const stampOf = ({ mtimeMs, size, ino }: { mtimeMs: number; size: number; ino: number }): string => `${mtimeMs} ${size} ${ino}`;

interface Bundled {
  readonly stamp: string;
  readonly files: Promise<ReadonlyMap<string, Uint8Array>>;
}

/**
 * The same files made from their sources, when the page is first asked for and again when a source was saved.
 * @param folder with the sources: `public/` of the repository
 */
export function bundledFiles(folder: string): PageFiles {
  let known: Bundled | null = null;

  async function bundled(path: string): Promise<Bundled> {
    // Only who asks for the page wants what is new; what it asks for next belongs to it.
    if (known && path !== "/index.html") return known;
    const stamp = await sourcesStamp(folder);
    if (known?.stamp === stamp) return known;
    const mine = (known = { stamp, files: bundleInThread(folder) });
    mine.files.catch(() => {
      if (known === mine) known = null;
    });
    return mine;
  }

  return {
    async find(path) {
      const { stamp, files } = await bundled(path);
      const bytes = (await files).get(path);
      return bytes ? { stamp, read: async () => Buffer.from(bytes) } : null;
    },
  };
}

async function sourcesStamp(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true });
  const found = await Promise.all(names.map((name) => lstat(join(folder, name))));
  return found.map(stampOf).join();
}

/** In a thread, because the bundler's process goes with it and the gateway keeps none of its memory. */
async function bundleInThread(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const thread = new Thread("page");
  try {
    const port = thread.run(ownFile("core/http/page/bundleThread.ts"), folder);
    const closed = once(port, "close").then(() => ({ error: thread.failure }));
    const [answer] = (await Promise.race([once(port, "message"), closed.then((end) => [end])])) as [{ files?: ReadonlyMap<string, Uint8Array>; error?: unknown }];
    if (!answer.files) throw new Error(`The page could not be bundled: ${String(answer.error)}`);
    return answer.files;
  } finally {
    await thread.end();
  }
}
