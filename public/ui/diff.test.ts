import { expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { patchLines } from "./diff.js";

it("tells added lines from removed ones, and leaves the names of the files out", () => {
  const { lines, more } = patchLines("===\n--- a.ts\n+++ a.ts\n@@ -1,2 +1,2 @@\n-old\n+new\n same\n");
  expect(lines.map(({ kind }: { kind: string }) => kind)).toEqual(["place", "removed", "added", "same"]);
  expect(more).toBe(0);
});
it("shows nothing of nothing, and not all of very much", () => {
  expect(patchLines(null)).toEqual({ lines: [], more: 0 });
  expect(patchLines(`@@\n${"+x\n".repeat(1000)}`)).toMatchObject({ lines: { length: 600 }, more: 401 });
});
