import { mkdtempSync, realpathSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FolderWatch } from "./folderWatch.ts";

test("says once that something changes, however much does, until somebody looks again", async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "loom-watch-")));
  const stop = new AbortController();
  let hints = 0;
  const watching = new FolderWatch(folder, () => void hints++);
  /** Resolves when the system has told of this file, and so of all that were written before. */
  const written = async (name: string): Promise<void> => {
    const told = Promise.withResolvers<void>();
    const other = watch(folder, (_what, file) => void (file === name && told.resolve()));
    writeFileSync(join(folder, name), "");
    await told.promise;
    other.close();
  };
  await watching.ensure(stop.signal);
  for (const name of ["a", "b", "c"]) await written(name);
  expect(hints).toBe(1);
  await watching.ensure(stop.signal);
  await written("d");
  expect(hints).toBe(2);
  watching.close();
  rmSync(folder, { recursive: true });
});
