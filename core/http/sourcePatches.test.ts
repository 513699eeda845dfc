import { expect, test } from "vitest";
import { sourcePatches, sourcesOf } from "./sourcePatches.ts";

const files = (from: Record<string, string>): ReadonlyMap<string, string> => new Map(Object.entries(from));

test("the sources of a bundle are those of its map, or else its code", () => {
  const map = JSON.stringify({ sources: ["b.ts", "gone.ts", "a.ts"], sourcesContent: ["b", null, "a"] });
  expect([...sourcesOf({ hash: "h", code: "c", entry: "a.ts", map })]).toEqual([["b.ts", "b"], ["a.ts", "a"]]);
  expect([...sourcesOf({ hash: "h", code: "c", entry: "a.ts", map: null })]).toEqual([["a.ts", "c"]]);
});

test("what differs is told file by file, and what is the same is not", async () => {
  const before = files({ "a.ts": "one\ntwo\nthree\n", "same.ts": "x", "old.ts": "gone\n" });
  const after = files({ "new.ts": "fresh\n", "a.ts": "one\n2\nthree\n", "same.ts": "x" });
  const patches = await sourcePatches(before, after);
  expect(patches.map(({ path }) => path)).toEqual(["a.ts", "new.ts", "old.ts"]);
  expect(patches[0]!.patch).toBe("--- a.ts\n+++ a.ts\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n");
  expect(patches[1]!.patch).toContain("--- /dev/null\n+++ new.ts\n@@ -0,0 +1,1 @@\n+fresh\n");
  expect(patches[2]!.patch).toContain("--- old.ts\n+++ /dev/null\n");
});

test("files that differ too much are told to differ, without the time that telling how would take", async () => {
  const lines = (word: string): string => Array.from({ length: 20_000 }, (_, i) => `${word} ${i}\n`).join("");
  expect(await sourcePatches(files({ "a.ts": lines("a") }), files({ "a.ts": lines("b") }))).toEqual([{ path: "a.ts", patch: null }]);
});

test("files of very many lines are told to differ, and not cut apart, however little differs", async () => {
  const lines = (count: number, last: string): string => "x\n".repeat(count - 1) + last;
  const patchOf = async (count: number): Promise<string | null> => (await sourcePatches(files({ "a.ts": lines(count, "a\n") }), files({ "a.ts": lines(count, "b\n") })))[0]!.patch;
  expect(await patchOf(20_000)).toContain("-a\n+b\n");
  expect(await patchOf(20_001)).toBeNull();
});
