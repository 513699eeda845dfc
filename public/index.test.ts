import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

const page = new URL("./", import.meta.url);

const drawnIn = /from\s*"(\.[^"]+)"/g;
const drawnInOrFetchedLater = /(?:from\s*|import\()"(\.[^"]+)"/g;

/** Every module that this one leads to by such imports, itself included. */
async function modules(path: string, imports: RegExp, found = new Set<string>()): Promise<Set<string>> {
  if (found.has(path)) return found;
  found.add(path);
  const code = await readFile(new URL(path.slice(1), page), "utf8");
  for (const [, name] of code.matchAll(imports)) await modules(new URL(name!, new URL(path, "http://page")).pathname, imports, found);
  return found;
}

it("asks for all its modules at once, those last that its first view can do without", async () => {
  const text = await readFile(new URL("index.html", page), "utf8");
  const named = (how: string): string[] => [...text.matchAll(new RegExp(`<link rel="modulepreload"${how} href="([^"]+)">`, "g"))].map(([, path]) => path!).toSorted();
  const first = await modules("/app.js", drawnIn);
  const all = await modules("/app.js", drawnInOrFetchedLater);
  expect(named(' fetchpriority="low"')).toEqual([...all].filter((path) => !first.has(path)).toSorted());
  first.delete("/app.js");
  expect(named("")).toEqual([...first].toSorted());
});

it("begins its line to the gateway before it has all its modules", async () => {
  const text = await readFile(new URL("index.html", page), "utf8");
  expect(text).toContain('<script type="module" async src="/connected.js"></script>');
});
