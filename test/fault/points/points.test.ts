import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { faultPoints } from "./points.ts";

const repository = fileURLToPath(new URL("../../../", import.meta.url));

it.each(faultPoints)("there is one place where $name", ({ file, at }) => {
  expect(readFileSync(join(repository, file), "utf8").split(at)).toHaveLength(2);
});

it("nothing that ships knows of fault points", async () => {
  const shipped = ["core", "plugins", "workflows", "operations", "public", "config"];
  const files = (await Promise.all(shipped.map((folder) => readdir(join(repository, folder), { recursive: true, withFileTypes: true })))).flat();
  const ours = files.filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules") && /\.(ts|js|json|sql)$/.test(entry.name) && !entry.name.endsWith(".test.ts"));
  const knowing = ours.map((entry) => join(entry.parentPath, entry.name)).filter((path) => /fault ?point|loomTestPoint|LOOM_TEST_|failpoint/i.test(readFileSync(path, "utf8")));
  expect(ours.length).toBeGreaterThan(300);
  expect(knowing.map((path) => path.slice(repository.length))).toEqual([]);
});
