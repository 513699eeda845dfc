import { expect, test } from "vitest";
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
