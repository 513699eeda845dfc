import { expect, it } from "vitest";
import { aRun, T, withStrands } from "../../../test/contract/fixtures.ts";
import { makeFolder } from "../../../test/support/folder.ts";
import { openSqliteStore } from "./open.ts";

it("writes copies that a gateway can begin with, under a feed of their own", async () => {
  await using folder = await makeFolder();
  const store = await openSqliteStore({ file: folder.at("loom.db") });
  await withStrands(store, "a");
  await store.runs.observe({ strandId: "a", at: T, finished: [aRun("k")] });
  // One after the other, although they are asked for at once.
  await Promise.all([store.backup(folder.at("1.db")), store.backup(folder.at("2.db"))]);
  const { feed } = store;
  await store.close();
  const copy = await openSqliteStore({ file: folder.at("2.db") });
  expect((await copy.strands.all()).map(({ id, lastRun }) => [id, lastRun?.status])).toEqual([["a", "succeeded"]]);
  expect(copy.feed).not.toBe(feed);
  await copy.close();
});
