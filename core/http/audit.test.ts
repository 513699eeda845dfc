import { expect, it } from "vitest";
import { openDoor } from "../../test/support/door.ts";
import { LoomError } from "../errors/loomError.ts";

it("what the log cannot keep is not changed", async () => {
  await using door = await openDoor();
  const { begin } = door.store.audit;
  Object.assign(door.store.audit, { begin: () => Promise.reject(new LoomError("STORE_UNAVAILABLE", "The disk is full.")) });
  expect((await door.post("/api/loom/tokens", { name: "x" })).json.code).toBe("STORE_UNAVAILABLE");
  Object.assign(door.store.audit, { begin });
  expect((await door.get("/api/loom/tokens")).json.items).toEqual([]);
});
