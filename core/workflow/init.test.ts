import { lstat, mkdir, readdir, readFile, stat, symlink } from "node:fs/promises";
import { expect, test } from "vitest";
import { makeFolder } from "../../test/support/folder.ts";
import { systemClock } from "../clock/system.ts";
import { checkFiles } from "./check.ts";
import { layDown } from "./init.ts";

test("what is laid down passes the check", async () => {
  await using home = await makeFolder({ "workflows/.keep": "" });
  await home.remove("workflows/.keep");
  expect(await layDown(home.path)).toEqual(["tsconfig.json", "workflows/hello.ts", "types/tsconfig.json"].map((name) => ({ path: home.at(name), done: "made" })));
  const report = await checkFiles({ roots: { home: home.path, shipped: home.at("none") }, files: [], workingFolder: home.path, clock: systemClock, env: process.env, redact: (text) => text });
  expect(report).toMatchObject({ problems: [], files: [{ holds: [{ id: "hello", steps: 2 }] }], types: { checked: true } });
  expect((await stat(home.at("workflows/hello.ts"))).mode & 0o777).toBe(0o600);
});

test("what the user has is kept, and no example is put beside it", async () => {
  const own = { "tsconfig.json": "{}", "workflows/mine.ts": "export {};" };
  await using home = await makeFolder(own);
  expect(await layDown(home.path)).toEqual([
    { path: home.at("tsconfig.json"), done: "kept" },
    { path: home.at("types/tsconfig.json"), done: "made" },
  ]);
  for (const [name, text] of Object.entries(own)) expect(await readFile(home.at(name), "utf8")).toBe(text);
});

test("where Loom lies is renewed when it has moved, and not touched otherwise", async () => {
  await using home = await makeFolder({ "workflows/mine.ts": "", "types/tsconfig.json": '{ "compilerOptions": { "paths": { "loom-gateway": ["/gone"] } } }' });
  expect((await layDown(home.path)).at(-1)).toMatchObject({ done: "renewed" });
  expect((await layDown(home.path)).map(({ done }) => done)).toEqual(["kept", "kept"]);
});

test("nothing is written where a link leads that stands in the place of what Loom renews", async () => {
  await using home = await makeFolder({ "workflows/mine.ts": "", "letter.txt": "mine" });
  await mkdir(home.at("types"));
  await symlink(home.at("letter.txt"), home.at("types/tsconfig.json"));
  expect((await layDown(home.path)).at(-1)).toMatchObject({ done: "made" });
  expect(await readFile(home.at("letter.txt"), "utf8")).toBe("mine");
  expect([(await lstat(home.at("types/tsconfig.json"))).isFile(), await readdir(home.at("types"))]).toEqual([true, ["tsconfig.json"]]);
});

test("where it cannot be renewed, the check says so beside what else it has found", async () => {
  await using home = await makeFolder({ "tsconfig.json": "{}", "workflows/mine.ts": "export const workflow = 1;", types: "no folder" });
  const report = await checkFiles({ roots: { home: home.path, shipped: home.at("none") }, files: [], workingFolder: home.path, clock: systemClock, env: process.env, redact: (text) => text });
  expect(report).toMatchObject({ problems: [expect.anything()], types: { checked: false, reason: expect.stringContaining("types") } });
});
