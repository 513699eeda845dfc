import { expect } from "vitest";
import { aRun, T, withStrands } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";

const node = {
  id: "n1", name: "den", hostname: "den.local", platform: "linux_x64", loomVersion: "0.1.0", capabilities: ["has-gpu"], cpuCores: 2, memGb: 3.5, startedAt: T, lastHeartbeatAt: T,
};
const session = { id: "s1", cookieHash: "c1", keyHash: "k1", name: "Firefox", role: "operator" as const, tokenId: null, createdAt: T, expiresAt: T + 100 };

export const smallCases: readonly StoreCase[] = [
  {
    name: "a node is saved again and again as one row",
    async run({ store }) {
      await store.nodes.save(node);
      await store.nodes.save({ ...node, lastHeartbeatAt: T + 9, capabilities: [] });
      await store.nodes.save({ ...node, id: "n2", name: "attic" });
      expect(await store.nodes.list()).toEqual([{ ...node, id: "n2", name: "attic" }, { ...node, lastHeartbeatAt: T + 9, capabilities: [] }]);
    },
  },
  {
    name: "a session is found by its cookie until it is removed or expires",
    async run({ store }) {
      await store.sessions.add(session);
      await store.sessions.add({ ...session, id: "s2", cookieHash: "c2", expiresAt: T + 200 });
      expect(await store.sessions.findByCookie("c1")).toEqual(session);
      expect(await store.sessions.findByCookie("other")).toBeNull();
      expect(await store.sessions.removeExpired(T + 99)).toBe(0);
      expect(await store.sessions.removeExpired(T + 100)).toBe(1);
      expect(await store.sessions.findByCookie("c1")).toBeNull();
      expect(await store.sessions.remove("s2")).toEqual({ outcome: "ok" });
      expect(await store.sessions.remove("s2")).toEqual({ outcome: "not_found" });
    },
  },
  {
    name: "a plugin's values are its own and may be any JSON",
    async run({ store }) {
      expect(await store.kv.get("p", "k")).toBeUndefined();
      for (const value of [null, false, 0, "", [1, { a: null }], { __proto__: null, constructor: "x" }]) {
        await store.kv.set("p", "k", value);
        expect(await store.kv.get("p", "k")).toEqual(value);
      }
      expect(await store.kv.get("other", "k")).toBeUndefined();
      await store.kv.delete("p", "k");
      await store.kv.delete("p", "k");
      expect(await store.kv.get("p", "k")).toBeUndefined();
      await expect(store.kv.set("p", "big", "x".repeat(1_048_577))).rejects.toMatchObject({ code: "TOO_LARGE" });
    },
  },
  {
    name: "the counts tell what is stored and how writes shared commits",
    async run({ store }) {
      await withStrands(store, "a");
      await store.runs.observe({ strandId: "a", at: T, finished: [aRun("k")] });
      const before = await store.stats();
      expect(before).toMatchObject({ strands: 1, runs: 1, events: 7 });
      expect(before.bytes).toBeGreaterThan(0);
      await Promise.all(Array.from({ length: 100 }, () => store.events.append({ at: T, type: "test" })));
      const after = await store.stats();
      expect(after.writes - before.writes).toBe(100);
      expect(after.commits - before.commits).toBeLessThan(20);
    },
  },
];
