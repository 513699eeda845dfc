import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundledFiles, type PageFiles } from "./pageFiles.ts";

let folder: string;
let files: PageFiles;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "loom-page-"));
  await cp(fileURLToPath(new URL("../../../public", import.meta.url)), folder, { recursive: true });
  files = bundledFiles(folder);
});
afterAll(() => rm(folder, { recursive: true }));

const text = async (path: string): Promise<string | undefined> => (await (await files.find(path))?.read())?.toString();

test("the page's sources are served as few small files, and not themselves", async () => {
  expect(await text("/index.html")).toMatch(/<link rel="modulepreload" href="\/chunk-\w+\.js">/);
  expect(await text("/app.js")).not.toContain("\n * ");
  expect(await text("/ui/words.js")).toBeUndefined();
});

test("a source that was saved is in the page that is asked for next", async () => {
  const before = await files.find("/index.html");
  expect((await files.find("/index.html"))?.stamp).toBe(before?.stamp);
  await writeFile(join(folder, "style", "inbox.css"), ".just-saved { color: red }");
  expect(await text("/style/style.css")).not.toContain("just-saved");
  await files.find("/index.html");
  expect(await text("/style/style.css")).toContain("just-saved");
});

test("a source that cannot be read is named, and its mend is served", async () => {
  const broken = join(folder, "rooms.js");
  await writeFile(broken, 'export { Nothing } from "./nowhere.js";');
  await expect(files.find("/index.html")).rejects.toThrow(/nowhere\.js/);
  await writeFile(broken, "export const bindings = [];");
  expect(await text("/index.html")).toContain("<!doctype html>");
});
