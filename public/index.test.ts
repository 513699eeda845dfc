import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { bundlePage } from "../core/http/page/bundle.ts";

let files: ReadonlyMap<string, Uint8Array>;
beforeAll(async () => {
  files = await bundlePage(fileURLToPath(new URL("./", import.meta.url)));
});

const text = (path: string): string => Buffer.from(files.get(path)!).toString();
const preloaded = (): string[] => [...text("/index.html").matchAll(/<link rel="modulepreload" href="([^"]+)">/g)].map(([, path]) => path!);

/** Every file that this one draws in, itself left out. */
function drawnIn(path: string, found = new Set<string>()): Set<string> {
  for (const [, name] of text(path).matchAll(/(?:from|import)\s*"(\.[^"]+)"/g)) {
    const next = new URL(name!, new URL(path, "http://page")).pathname;
    if (!found.has(next)) drawnIn(next, found.add(next));
  }
  return found;
}

it("asks at once for all files of its first view", () => {
  expect(preloaded().toSorted()).toEqual([...new Set([...drawnIn("/app.js"), ...drawnIn("/state/firstLists.js")])].toSorted());
});

it("asks for its first lists before it has all its modules", () => {
  expect(text("/index.html")).toContain('<script type="module" async src="/state/firstLists.js"></script>');
  const bytes = ["/state/firstLists.js", ...drawnIn("/state/firstLists.js")].reduce((sum, path) => sum + files.get(path)!.length, 0);
  expect(bytes).toBeLessThan(5000);
});

it("leaves what opens later out of its first view", () => {
  const first = ["/app.js", ...drawnIn("/app.js")];
  const later = [...files.keys()].filter((path) => path.endsWith(".js") && path !== "/state/firstLists.js" && !first.includes(path));
  expect(later.some((path) => path.startsWith("/rooms-"))).toBe(true);
  expect(later.some((path) => path.startsWith("/adornments-"))).toBe(true);
});
