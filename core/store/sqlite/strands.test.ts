import { expect, it } from "vitest";
import { aSource, aStrand, look } from "../../../test/contract/fixtures.ts";
import { makeFolder } from "../../../test/support/folder.ts";
import { Database } from "./database.ts";
import { openSqliteStore } from "./open.ts";
import { getStrands } from "./strands.ts";

it("an answer ends where the strands that it tells of are long", async () => {
  await using folder = await makeFolder();
  const store = await openSqliteStore({ file: folder.at("loom.db") });
  const ids = Array.from({ length: 12 }, (_, n) => `s${n}`);
  const source = await aSource(store);
  await store.strands.applyLook(look(source, 0, ids.map((id) => ({ kind: "added", strand: aStrand(id, { definition: { text: "\u0001".repeat(100_000) } }) }))));
  expect((await store.strands.all()).map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  await store.close();
  const db = Database.forReading(folder.at("loom.db"), 1_000);
  expect(getStrands(db, ids).map(({ id }) => id)).toEqual(["s0", "s1", "s2", "s3"]);
  expect(getStrands(db, ["nobody", ...ids.slice(9)]).map(({ id }) => id)).toEqual(["s9", "s10", "s11"]);
  db.close();
});
