import { describe, expect, it } from "vitest";
import { openDoor, type Ask, type Door } from "../../test/support/door.ts";
import { LoomError } from "../errors/loomError.ts";
import type { Webhooks } from "../run/contract.ts";
import { detailOf } from "./audit.ts";

it("what the log cannot keep is not changed", async () => {
  await using door = await openDoor();
  const { begin } = door.store.audit;
  Object.assign(door.store.audit, { begin: () => Promise.reject(new LoomError("STORE_UNAVAILABLE", "The disk is full.")) });
  expect((await door.post("/api/loom/tokens", { name: "x" })).json.code).toBe("STORE_UNAVAILABLE");
  Object.assign(door.store.audit, { begin });
  expect((await door.get("/api/loom/tokens")).json.items).toEqual([]);
});

it("what the log cannot keep is not changed either by who shows a webhook's secret or the code of a link", async () => {
  let started = 0;
  const receive: Webhooks["receive"] = (_request, proved) => proved(async () => (started++, { outcome: "started", runId: "run-1" }));
  await using door = await openDoor({ services: { webhooks: { receive } } });
  const { url } = (await door.post("/api/loom/sign-in-links")).json as { readonly url: string };
  const { begin } = door.store.audit;
  Object.assign(door.store.audit, { begin: () => Promise.reject(new LoomError("STORE_UNAVAILABLE", "The disk is full.")) });
  expect((await door.post("/hooks/deploy", undefined, { as: "nobody" })).json.code).toBe("STORE_UNAVAILABLE");
  expect((await door.post("/api/loom/session", { code: url.split("#sign-in=")[1] }, { as: "nobody" })).json.code).toBe("STORE_UNAVAILABLE");
  expect(started).toBe(0);
  Object.assign(door.store.audit, { begin });
  expect((await door.post("/hooks/deploy", undefined, { as: "nobody" })).status).toBe(202);
  const kept = (await door.get("/api/loom/audit")).json.items.filter((entry: { action: string }) => entry.action === "POST /hooks/:id");
  expect([started, kept]).toEqual([1, [expect.objectContaining({ who: "webhook", result: "done" })]]);
});

it("keeps of a body whose fields hold very many names as much as a page of the log can show a thousand times", () => {
  const names = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`${i}-${"n".repeat(150)}`, 1]));
  const detail = detailOf(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`field${i}`, i < 40 ? names : "short"])))!;
  expect(JSON.stringify(detail).length).toBeLessThan(20_000);
  expect(Object.keys(detail)).toHaveLength(50);
  expect([detail["field9"], detailOf({ input: names, reason: "short" })!["reason"]]).toEqual(["…", "short"]);
});

it("keeps who signed out, and nothing of a token that has no session to end", async () => {
  await using door = await openDoor();
  const ended = async (): Promise<number> => (await door.get("/api/loom/audit?limit=100")).json.items.filter(({ action }: { action: string }) => action === "DELETE /api/loom/session").length;
  for (let n = 0; n < 3; n++) expect((await door.ask("DELETE", "/api/loom/session")).status).toBe(204);
  expect(await ended()).toBe(0);
  const { cookie, key } = await door.signIn();
  const browser = { as: "nobody", headers: { Cookie: cookie, "X-Loom-Key": key } } as const;
  expect((await door.ask("DELETE", "/api/loom/session", browser)).status).toBe(204);
  expect((await door.ask("DELETE", "/api/loom/session", browser)).status).toBe(401);
  expect(await ended()).toBe(1);
});

it("tells tokens of one name from each other", async () => {
  await using door = await openDoor();
  const made = await Promise.all(["deploy", "deploy"].map(async (name) => (await door.post("/api/loom/tokens", { name, role: "operator" })).json));
  for (const { secret } of made) await door.post("/api/loom/strands/none/run", undefined, { as: "nobody", headers: { Authorization: `Bearer ${secret}` } });
  await door.post("/api/loom/strands/none/run");
  const kept = (await door.get("/api/loom/audit?target=none")).json.items.map(({ who, tokenId }: { who: string; tokenId: string | null }) => `${who} ${tokenId}`);
  expect(kept.toSorted()).toEqual([...made.map(({ token }) => `${token.name} ${token.id}`), "token null"].toSorted());
});

describe("what somebody may not change", () => {
  const bearerOf = async (door: Door, role: string): Promise<Ask> => ({ as: "nobody", headers: { Authorization: `Bearer ${(await door.post("/api/loom/tokens", { name: role, role })).json.secret}` } });
  const kept = async (door: Door, who: string): Promise<any[]> => (await door.get(`/api/loom/audit?limit=1000&who=${who}`)).json.items;

  it("fills no disk: of each who tries so many are kept in an hour, with no more of their ids than ids can have", async () => {
    await using door = await openDoor();
    const viewer = await bearerOf(door, "viewer");
    const tries = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n++) expect((await door.post(`/api/loom/strands/${"a".repeat(14_000)}/run`, undefined, viewer)).json.code).toBe("FORBIDDEN");
    };
    await tries(70);
    const found = await kept(door, "viewer");
    expect([found.length, found[0].result, found[0].target.length]).toEqual([60, "FORBIDDEN", 600]);
    // Others are not drowned by it, and what is allowed is kept whatever there was before.
    expect((await door.post("/api/loom/tokens", { name: "late" }, await bearerOf(door, "operator"))).status).toBe(403);
    expect(await kept(door, "operator")).toHaveLength(1);
    await door.clock.advance(3_600_000);
    await tries(2);
    expect(await kept(door, "viewer")).toHaveLength(62);
  });

  it("is counted for each browser, though the log calls them all alike", async () => {
    await using door = await openDoor();
    const browser = async (): Promise<Ask> => {
      const { url } = (await door.post("/api/loom/sign-in-links", { role: "viewer" })).json as { readonly url: string };
      const { headers, json } = await door.post("/api/loom/session", { code: url.split("#sign-in=")[1] }, { as: "nobody" });
      return { as: "nobody", headers: { Cookie: String(headers["set-cookie"]).split(";", 1)[0]!, "X-Loom-Key": json.key } };
    };
    const [loud, quiet] = [await browser(), await browser()];
    for (let n = 0; n < 61; n++) expect((await door.post("/api/loom/pause", {}, loud)).status).toBe(403);
    expect((await door.post("/api/loom/tokens", { name: "mine" }, quiet)).status).toBe(403);
    const found = await kept(door, "page");
    expect(["POST /api/loom/pause", "POST /api/loom/tokens"].map((wanted) => found.filter(({ action }) => action === wanted).length)).toEqual([60, 1]);
  });

  it("says of a plugin's address what was asked of what: what stands in it, its query and its body, each apart", async () => {
    const item = { method: "POST" as const, path: "/rooms/:room/:token", handle: async () => ({ status: 200, body: {} }) };
    await using door = await openDoor({ services: { routes: { list: () => [{ key: "POST /plugins/p/rooms/:room/:token", item, owner: { plugin: "p", generation: 1 } }] } } });
    await door.post("/plugins/p/rooms/vault%207/hunter2?force=yes&password=hunter2", { why: "x", room: "attic" });
    const detail = { address: { room: "vault 7", token: "[redacted]" }, query: { force: "yes", password: "[redacted]" }, body: { why: "x", room: "attic" } };
    expect(await kept(door, "token")).toMatchObject([{ action: "POST /plugins/p/rooms/:room/:token", detail, result: "done" }]);
  });

  it("is kept of plugins' addresses too, which tell no secret of what is sent to them", async () => {
    const item = { method: "POST" as const, path: "/switch", handle: async () => ({ status: 200, body: {} }) };
    await using door = await openDoor({ services: { routes: { list: () => [{ key: "POST /plugins/p/switch", item, owner: { plugin: "p", generation: 1 } }] } } });
    expect((await door.post("/plugins/p/switch", {}, await bearerOf(door, "viewer"))).status).toBe(403);
    expect(await kept(door, "viewer")).toMatchObject([{ action: "POST /plugins/p/switch", result: "FORBIDDEN" }]);
    const fields = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`${"field".repeat(100)}${n}`, n]));
    await door.post("/plugins/p/switch", { password: "hunter2", apiKey: "k", on: true, deep: fields, ...fields });
    const { body: detail } = (await kept(door, "token")).find(({ action }) => action === "POST /plugins/p/switch").detail;
    expect(detail).toMatchObject({ password: "[redacted]", apiKey: "[redacted]", on: true });
    expect([detail.deep.length, detail.deep[0].length, JSON.stringify(detail).length < 25_000]).toEqual([51, 200, true]);
  });
});
