import { expect, test, vi } from "vitest";
import { aFailedRun, aRun, withStrands, T } from "../../test/contract/fixtures.ts";
import { openDoor } from "../../test/support/door.ts";

test("runs are counted by how they ended, strands by how they stand", async () => {
  await using door = await openDoor();
  await withStrands(door.store, "s:1:a", "s:1:b");
  await door.store.runs.observe({ strandId: "s:1:a", at: T, finished: [aRun("one"), aRun("two", { startedAt: T + 1 }), aFailedRun("three", { startedAt: T + 2 })] });
  await door.index.settled();
  const { text } = await door.get("/metrics");
  expect(text).toContain('loom_runs_total{status="succeeded"} 2\nloom_runs_total{status="failed"} 1\n');
  expect(text).toContain('loom_strands{status="failed"} 1\nloom_strands{status="idle"} 1\n');
  expect(text).toMatch(/^loom_store_commits_total [1-9]/m);
  for (const line of text.trimEnd().split("\n")) expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"\})? [\d.e+-]+)$/);
});

test("a run is counted once, by the end that was told first", async () => {
  await using door = await openDoor();
  await withStrands(door.store, "s:1:a");
  await door.store.runs.observe({ strandId: "s:1:a", at: T, finished: [aFailedRun("one", { code: "interrupted" })] });
  await door.store.runs.observe({ strandId: "s:1:a", at: T + 1, finished: [aRun("one")] });
  await door.index.settled();
  expect((await door.get("/metrics")).text.match(/^loom_runs_total.*$/gm)).toEqual(['loom_runs_total{status="failed"} 1']);
});

test("the rows of the database are counted once for all who ask within five seconds, and anew where that failed", async () => {
  await using door = await openDoor();
  const count = vi.spyOn(door.store, "stats").mockRejectedValueOnce(new Error("busy"));
  expect((await door.get("/metrics")).status).toBe(500);
  const both = await Promise.all([door.get("/metrics"), door.get("/metrics")]);
  expect(both.map(({ status }) => status)).toEqual([200, 200]);
  expect(count).toHaveBeenCalledTimes(2);
  await door.clock.advance(5_000);
  await door.get("/metrics");
  expect(count).toHaveBeenCalledTimes(3);
});
