import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

const page = new URL("./", import.meta.url);

const drawnIn = /from\s*"(\.[^"]+)"/g;

/** Every module that this one draws in, itself included. */
async function modules(path: string, found = new Set<string>()): Promise<Set<string>> {
  if (found.has(path)) return found;
  found.add(path);
  const code = await readFile(new URL(path.slice(1), page), "utf8");
  for (const [, name] of code.matchAll(drawnIn)) await modules(new URL(name!, new URL(path, "http://page")).pathname, found);
  return found;
}

it("asks at once for all modules of its first view", async () => {
  const text = await readFile(new URL("index.html", page), "utf8");
  const asked = [...text.matchAll(/<link rel="modulepreload" href="([^"]+)">/g)].map(([, path]) => path!).toSorted();
  const first = await modules("/app.js");
  first.delete("/app.js");
  expect(asked).toEqual([...first].toSorted());
});

it("asks for its first lists before it has all its modules", async () => {
  const text = await readFile(new URL("index.html", page), "utf8");
  expect(text).toContain('<script type="module" async src="/state/firstLists.js"></script>');
  expect((await modules("/state/firstLists.js")).size).toBe(3);
});
