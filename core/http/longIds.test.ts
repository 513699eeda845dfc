import { afterAll, beforeAll, expect, it } from "vitest";
import { T, withStrands } from "../../test/contract/fixtures.ts";
import { openDoor, type Door } from "../../test/support/door.ts";

/** As long as a source's job may have it, with what takes the most bytes. */
const ids = Array.from({ length: 5 }, (_, n) => `openclaw:82bae046612c:${"\u20ac".repeat(511)}${n}`);

let door: Door;
beforeAll(async () => {
  door = await openDoor();
  const { store, index } = door;
  await withStrands(store, ...ids);
  for (const strandId of ids) {
    await store.occurrences.settle({ strandId, at: T, open: [{ dueAt: T, graceMs: 5 }], judge: [{ dueAt: T, from: "open", to: "missed", cause: "asleep" }] });
    await store.commands.add({ id: `of ${strandId.at(-1)}`, strandId, sourceId: null, kind: "run", by: "ann", askedAt: T });
  }
  await index.settled();
});
afterAll(() => door[Symbol.asyncDispose]());

it.each(["strands", "recent-runs", "occurrences", "commands"])("the pages of %s follow each other also by the longest ids", async (list) => {
  const items: unknown[] = [];
  for (let cursor = ""; ; ) {
    const { status, json } = await door.get(`/api/loom/${list}?limit=2${cursor}`);
    expect(status).toBe(200);
    items.push(...json.items);
    if (json.next === null) break;
    cursor = `&cursor=${encodeURIComponent(json.next)}`;
  }
  expect(items).toHaveLength(ids.length);
});

it("what has the longest id can be looked at and asked for by it", async () => {
  const id = encodeURIComponent(ids[0]!);
  expect((await door.get(`/api/loom/strands/${id}`)).json.id).toBe(ids[0]);
  expect((await door.get(`/api/loom/commands?strand=${id}`)).json.items).toHaveLength(1);
  expect((await door.get(`/api/loom/audit?target=${id}`)).status).toBe(200);
  expect((await door.post("/api/loom/tokens", { name: "one", scope: [`strands/${ids[0]}`] })).status).toBe(201);
  expect((await door.post("/api/loom/pause", { strandId: ids[0] })).json.code).not.toBe("BAD_INPUT");
});
