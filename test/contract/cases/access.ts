import { expect } from "vitest";
import type { Store } from "../../../core/store/contract.ts";
import { T } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";

const token = { id: "t1", secretHash: "h1", name: "grafana", role: "viewer" as const, scope: ["/metrics"], madeBy: "ann", parentId: null, createdAt: T, expiresAt: null };
const session = { id: "s1", cookieHash: "c1", keyHash: "k1", name: "page", role: "viewer" as const, tokenId: "t1", createdAt: T, expiresAt: T + 100 };
const change = { id: "a1", at: T, who: "ann", tokenId: "t1", role: "admin" as const, via: "session", peer: "127.0.0.1", action: "POST /api/loom/strands/:id/run", target: "s", detail: { n: 1 } };

export const accessCases: readonly StoreCase[] = [
  {
    name: "a token ends once, and with it the sessions that were opened through it",
    async run({ store, reopen }) {
      await store.tokens.add(token);
      await store.tokens.add({ ...token, id: "t2", scope: null, createdAt: T + 1, expiresAt: T + 50 });
      await store.sessions.add(session);
      await store.sessions.add({ ...session, id: "s2", cookieHash: "c2", tokenId: null });
      expect(await store.tokens.get("t1")).toEqual({ ...token, revokedAt: null, revokedBy: null });
      expect(await store.tokens.get("t3")).toBeNull();
      expect(await store.tokens.revoke("t1", "bob", T + 9)).toEqual({ outcome: "ok", tokens: ["t1"], sessions: ["s1"] });
      expect(await store.tokens.revoke("t1", "eve", T + 10)).toEqual({ outcome: "not_found" });
      expect(await store.sessions.findByCookie("c1")).toBeNull();
      expect(await store.sessions.findByCookie("c2")).toMatchObject({ id: "s2" });
      const again = await reopen();
      expect(await again.tokens.list({ limit: 10 })).toMatchObject({ items: [{ id: "t1", revokedAt: T + 9, revokedBy: "bob" }, { id: "t2", scope: null, expiresAt: T + 50, revokedAt: null }], next: null });
    },
  },
  {
    name: "a page of tokens is bounded in number and in length, and none is left out",
    async run({ store }) {
      const scope = Array.from({ length: 50 }, (_, i) => `/${i}${"x".repeat(15_000)}`);
      for (let i = 1; i <= 7; i++) await store.tokens.add({ ...token, id: `t${i}`, scope: i === 7 ? null : scope });
      const pages: string[][] = [];
      for (let cursor: string | null = null; ; ) {
        const { items, next }: Awaited<ReturnType<Store["tokens"]["list"]>> = await store.tokens.list({ limit: 4, cursor });
        pages.push(items.map(({ id }) => id));
        if ((cursor = next) === null) break;
      }
      expect(pages).toEqual([["t1", "t2"], ["t3", "t4"], ["t5", "t6", "t7"]]);
      expect((await store.tokens.list({ limit: 1 })).items).toMatchObject([{ id: "t1" }]);
    },
  },
  {
    name: "a token takes with it all that came from it, and nothing comes from one that is over",
    async run({ store, reopen }) {
      for (const [id, parentId] of [["t1", null], ["t2", "t1"], ["t3", "t2"], ["t4", null]] as const) {
        expect(await store.tokens.add({ ...token, id, parentId })).toEqual({ outcome: "ok" });
        expect(await store.sessions.add({ ...session, id: `of ${id}`, cookieHash: id, tokenId: id })).toEqual({ outcome: "ok" });
      }
      expect(await store.tokens.revoke("t2", "bob", T + 1)).toEqual({ outcome: "ok", tokens: ["t2", "t3"], sessions: ["of t2", "of t3"] });
      expect(await store.tokens.add({ ...token, id: "t5", parentId: "t3" })).toEqual({ outcome: "not_found" });
      expect(await store.sessions.add({ ...session, id: "late", cookieHash: "late", tokenId: "t2" })).toEqual({ outcome: "not_found" });
      expect(await store.tokens.revoke("t1", "eve", T + 2)).toEqual({ outcome: "ok", tokens: ["t1"], sessions: ["of t1"] });
      const again = await reopen();
      expect((await again.tokens.list({ limit: 10 })).items.map(({ id, revokedBy }) => [id, revokedBy])).toEqual([["t1", "eve"], ["t2", "bob"], ["t3", "bob"], ["t4", null]]);
      expect(await again.sessions.findByCookie("t4")).toMatchObject({ id: "of t4" });
    },
  },
  {
    name: "a change that was asked for is kept before it is made, with one result",
    async run({ store, reopen }) {
      await store.audit.begin(change);
      await store.audit.begin({ ...change, id: "a2", at: T + 1, who: "bob", tokenId: null, target: null, detail: null });
      await store.audit.end("a2", "done");
      await store.audit.end("a2", "CONFLICT");
      const again = await reopen();
      expect((await again.audit.list({ limit: 10 })).items).toEqual([
        { ...change, id: "a2", at: T + 1, who: "bob", tokenId: null, target: null, detail: null, result: "done" },
        { ...change, result: null },
      ]);
      const [first, second] = [await again.audit.list({ limit: 1 }), await again.audit.list({ who: "ann", target: "s", limit: 1 })];
      expect(first.items).toMatchObject([{ id: "a2" }]);
      expect((await again.audit.list({ limit: 1, cursor: first.next })).items).toMatchObject([{ id: "a1" }]);
      expect(second).toMatchObject({ items: [{ id: "a1" }], next: null });
      expect(await again.audit.prune(T + 1)).toBe(1);
      expect((await again.audit.list({ limit: 10 })).items).toHaveLength(1);
    },
  },
];
