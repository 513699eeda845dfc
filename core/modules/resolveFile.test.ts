import { execFileSync } from "node:child_process";
import { symlink } from "node:fs/promises";
import { expect, it } from "vitest";
import { makeFolder } from "../../test/support/folder.ts";
import { resolveFile } from "./resolveFile.ts";

it("finds what an import means: the file itself, one whose ending it leaves out, its source, or a folder's index", async () => {
  await using folder = await makeFolder({ "a.ts": "", "b.js": "", "b.ts": "", "c.d/index.ts": "", "d.mts": "", "e.cts": "", "f.json": "", "sub/g.tsx": "", "a/index.ts": "" });
  await symlink(folder.at("a.ts"), folder.at("sub/link.ts"));
  const found = async (specifier: string): Promise<string | undefined> => (await resolveFile(specifier, folder.at("sub")))?.slice(folder.path.length + 1);
  const meant = ["../a.ts", "../a", "../a.js", "../b", "../b.js", "../c.d", "../d.mjs", "../e.cjs", "../f", "./g", "./g.jsx", "./link.ts", folder.at("a.ts")];
  expect(await Promise.all(meant.map(found))).toEqual(["a.ts", "a.ts", "a.ts", "b.ts", "b.js", "c.d/index.ts", "d.mts", "e.cts", "f.json", "sub/g.tsx", "sub/g.tsx", "a.ts", "a.ts"]);
});

it("finds nothing where nothing is, or no file", async () => {
  await using folder = await makeFolder({ "sub/a.ts": "" });
  execFileSync("mkfifo", [folder.at("pipe.ts")]);
  for (const specifier of ["./none", "./sub", "./pipe", "./pipe.ts", "."]) expect(await resolveFile(specifier, folder.path), specifier).toBeNull();
});
