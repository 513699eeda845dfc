import { expect, it } from "vitest";
import { makeFolder } from "../../../test/support/folder.ts";
import { damage, makeLarge } from "../../../test/support/largeDatabase.ts";
import { FakeClock } from "../../testing/fakeClock.ts";
import type { StoreTrouble } from "../healthContract.ts";
import { openSqliteStore } from "./open.ts";

it("says of damage that is gone that it is gone, as of a disk that did not give what is there for a while, and not before", async () => {
  await using folder = await makeFolder();
  const file = folder.at("loom.db");
  await makeLarge(file);
  const putBack = damage(file, "kv");
  const clock = new FakeClock();
  const store = await openSqliteStore({ file, clock });
  try {
    const told: (string | null)[] = [];
    const { promise: isWell, resolve } = Promise.withResolvers<StoreTrouble | null>();
    store.health.on((trouble) => (told.push(trouble?.code ?? null), trouble === null && resolve(null)));
    await expect(store.kv.get("ballast", "300")).rejects.toMatchObject({ code: "STORE_CORRUPT" });
    await clock.advance(10_000);
    // The check of its own process finds the same, and the next one comes later.
    while (clock.pending < 2) await new Promise((next) => setImmediate(next));
    expect(told).toEqual(["STORE_CORRUPT"]);
    putBack();
    await clock.advance(20_000);
    await isWell;
    expect([told, store.health.trouble]).toEqual([["STORE_CORRUPT", null], null]);
  } finally {
    await store.close();
  }
});
