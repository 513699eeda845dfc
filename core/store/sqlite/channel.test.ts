import { MessagePort } from "node:worker_threads";
import { expect, it, vi } from "vitest";
import { makeFolder } from "../../../test/support/folder.ts";
import type { Json } from "../../mirror/contract.ts";
import { openSqliteStore } from "./open.ts";

it("an argument that is no JSON is refused to its caller alone", async () => {
  await using folder = await makeFolder();
  const store = await openSqliteStore({ file: folder.at("loom.db") });
  const circle: Record<string, unknown> = {};
  circle["again"] = circle;
  const sets = [1, 5n, circle, { toJSON: () => { throw new Error("no"); } }, 2].map((value, n) => store.kv.set("p", `${n}`, value as unknown as Json));
  expect((await Promise.allSettled(sets)).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "rejected", "fulfilled"]);
  expect(await store.kv.get("p", "4")).toBe(2);
  await store.close();
});

it("long calls that are made at once travel in several messages, in their order", async () => {
  await using folder = await makeFolder();
  const store = await openSqliteStore({ file: folder.at("loom.db") });
  const sent = vi.spyOn(MessagePort.prototype, "postMessage");
  await Promise.all(Array.from({ length: 8 }, (_, n) => store.kv.set("p", "key", `${n}${"x".repeat(1_000_000)}`)));
  const lengths = sent.mock.calls.map(([message]) => String(message).length);
  sent.mockRestore();
  expect(lengths.filter((length) => length > 1_000_000)).toHaveLength(4);
  expect(String(await store.kv.get("p", "key")).slice(0, 2)).toBe("7x");
  await store.close();
});
