import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

const page = new URL("./", import.meta.url);

/** Every module that the first one draws in, at once or when it is needed, itself included. */
async function modules(path: string, found = new Set<string>()): Promise<Set<string>> {
  if (found.has(path)) return found;
  found.add(path);
  const code = await readFile(new URL(path.slice(1), page), "utf8");
  for (const [, name] of code.matchAll(/(?:from\s*|import\()"(\.[^"]+)"/g)) await modules(new URL(name!, new URL(path, "http://page")).pathname, found);
  return found;
}

it("asks for all its modules at once, not one import after another", async () => {
  const text = await readFile(new URL("index.html", page), "utf8");
  const named = [...text.matchAll(/<link rel="modulepreload" href="([^"]+)">/g)].map(([, path]) => path);
  const needed = await modules("/app.js");
  needed.delete("/app.js");
  expect(named.toSorted()).toEqual([...needed].toSorted());
});
