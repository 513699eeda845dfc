import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LoomError } from "../errors/loomError.ts";
import type { Role } from "../store/contract.ts";
import { openDoor, TOKEN, type Ask, type Door } from "../../test/support/door.ts";
import { atLeast, roles } from "./guards/roles.ts";

let door: Door;
const secrets = {} as Record<Role, string>;

beforeAll(async () => {
  door = await openDoor();
  for (const role of roles) secrets[role] = await tokenOf({ role });
});
afterAll(() => door[Symbol.asyncDispose]());

const bearer = (secret: string): Ask => ({ as: "nobody", headers: { Authorization: `Bearer ${secret}` } });

async function tokenOf(wanted: object, how: Ask = {}): Promise<string> {
  const made = await door.post("/api/loom/tokens", { name: "a program", ...wanted }, how);
  expect(made.status, made.text).toBe(201);
  return made.json.secret;
}

/** An address of a route, with ids that nothing has. */
const addressOf = (path: string): string => path.replaceAll(/:\w+/g, "none");
const changes = async (): Promise<any[]> => (await door.get("/api/loom/audit?limit=1000")).json.items;

describe("every route, from the table that the router is made of,", () => {
  test("is there, and each asks for a role or is open on purpose", () => {
    expect(door.http.routes.length).toBeGreaterThan(40);
    const open = door.http.routes.filter(({ access }) => access === "open").map(({ method, path }) => `${method} ${path}`);
    expect(open).toEqual(["POST /hooks/:id", "GET /healthz", "GET /readyz", "POST /api/loom/session"]);
  });

  test("needs a host, an origin and a credential that are right, whatever else is right", async () => {
    // Of its own: wrong credentials are counted.
    await using door = await openDoor();
    const right = (await door.post("/api/loom/tokens", { name: "a program", role: "admin" })).json.secret as string;
    const wrong: readonly (readonly [number, Ask])[] = [
      ...["evil.example", "localhost.evil", `localhost:${door.port + 1}`, `127.0.0.1.:${door.port}`, `a@localhost:${door.port}`].map((Host) => [403, { headers: { Host } }] as const),
      ...["https://evil.example", "null", `http://localhost:${door.port}`].map((Origin) => [403, { headers: { Origin } }] as const),
      [403, { headers: { "Sec-Fetch-Site": "cross-site" } }],
      [403, { headers: { "Sec-Fetch-Mode": "no-cors" } }],
      [401, { as: "nobody" }],
      [401, { as: "nobody", headers: { Authorization: `Bearer ${right.slice(0, -1)}` } }],
    ];
    for (const { method, path, access } of door.http.routes) {
      for (const [status, how] of wrong) {
        if (access === "open" && status === 401) continue;
        const { status: got, json } = await door.ask(method, addressOf(path), how);
        expect([403, 401, 429], `${method} ${path} ${JSON.stringify(how)}: ${JSON.stringify(json)}`).toContain(got);
        expect(got === 429 ? 401 : got).toBe(status);
      }
    }
    const changes = (await door.get("/api/loom/audit?limit=1000")).json.items;
    expect(changes.map(({ action }: any) => action)).toEqual(["POST /api/loom/tokens"]);
  });

  test("takes its role or a higher one, and no lower one", async () => {
    for (const { method, path, access, bearerOnly } of door.http.routes) {
      if (access === "open" || bearerOnly || path === "/api/loom/session") continue;
      for (const role of roles) {
        const { status, json } = await door.ask(method, addressOf(path), bearer(secrets[role]));
        if (atLeast(role, access)) expect([401, 403], `${role} at ${method} ${path}: ${status}`).not.toContain(status);
        else expect([status, json.code], `${role} at ${method} ${path}`).toEqual([403, "FORBIDDEN"]);
      }
    }
  });

  test("that changes something takes JSON, where it takes anything", async () => {
    for (const { method, path, body } of door.http.routes) {
      if (method === "GET" || body === "raw") continue;
      for (const type of ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"]) {
        const { status } = await door.ask(method, addressOf(path), { headers: { "Content-Type": type, "Content-Length": "3" }, body: "a=b" });
        expect(status, `${method} ${path} ${type}`).toBe(415);
      }
    }
  });

  test("that reads changes nothing, also where another method is written beside it", async () => {
    const before = (await changes()).length;
    const events = await door.store.events.last();
    for (const { path } of door.http.routes.filter(({ method }) => method === "GET")) {
      await door.get(`${addressOf(path)}`, { headers: { "X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "POST" } });
      await door.ask("HEAD", addressOf(path));
      await door.ask("OPTIONS", addressOf(path));
    }
    expect((await changes()).length).toBe(before);
    expect(await door.store.events.last()).toBe(events);
  });
});

describe("a token", () => {
  test("is shown once, and only its hash is kept", async () => {
    const secret = await tokenOf({ name: "once" });
    const { text } = await door.get("/api/loom/tokens");
    expect(text).toContain("once");
    expect(text).not.toContain(secret.slice(-43));
    expect(JSON.stringify(await door.store.tokens.list({ limit: 10 }))).not.toContain(secret.slice(-43));
    expect(JSON.stringify(await changes())).not.toContain(secret.slice(-43));
  });

  test("is for its addresses alone", async () => {
    const scoped = bearer(await tokenOf({ role: "operator", scope: ["strands/prod", "/metrics"] }));
    expect((await door.get("/metrics", scoped)).status).toBe(200);
    expect((await door.get("/api/loom/strands/prod", scoped)).status).toBe(404);
    for (const path of ["/api/loom/strands", "/api/loom/strands/prod-backup", "/api/loom/strands/prod%2f..%2fother", "/api/loom/runs", "/openapi.json"]) {
      expect((await door.get(path, scoped)).status, path).toBe(403);
    }
    expect((await door.post("/api/loom/strands/other/run", undefined, scoped)).json.code).toBe("FORBIDDEN");
    const feed = await door.feed().hello({ token: scoped.headers!["Authorization"]!.slice("Bearer ".length) });
    expect(await feed.end).toBe(4401);
  });

  test("can make none that may do more or lasts longer than it", async () => {
    const end = new Date(door.clock.now() + 60_000).toISOString();
    const parent = bearer(await tokenOf({ role: "admin", scope: ["tokens", "strands/prod"], expiresAt: end }));
    expect((await door.post("/api/loom/tokens", { name: "child" }, parent)).json.code).toBe("FORBIDDEN");
    expect((await door.post("/api/loom/tokens", { name: "child", scope: ["strands"] }, parent)).json.code).toBe("FORBIDDEN");
    const { json } = await door.post("/api/loom/tokens", { name: "child", scope: ["strands/prod"] }, parent);
    expect(json.token).toMatchObject({ scope: ["/api/loom/strands/prod"], expiresAt: end, role: "viewer" });
    // Longer than any, before it is read: to put a hundred thousand accents in order takes ten seconds.
    expect((await door.post("/api/loom/tokens", { name: `${" ".repeat(1_000)}late` })).json.code).toBe("BAD_INPUT");
    expect((await door.post("/api/loom/tokens", { name: "late", expiresAt: "2001-01-01T00:00:00Z" })).json.code).toBe("BAD_INPUT");
    const body = { name: "claims", role: "viewer" };
    expect((await door.post("/api/loom/tokens", body, { ...parent, headers: { ...parent.headers, "X-Loom-Role": "admin", "X-Loom-Scope": "*" } })).status).toBe(403);
  });

  test("lets in no browser that may do more than it", async () => {
    const scoped = bearer(await tokenOf({ role: "admin", scope: ["sign-in-links"] }));
    expect((await door.post("/api/loom/sign-in-links", { role: "viewer" }, scoped)).json.code).toBe("FORBIDDEN");
  });

  test("ends when it is revoked: at its next request, with its sessions and its feeds", async () => {
    const secret = await tokenOf({ role: "admin" });
    const { items } = (await door.get("/api/loom/tokens")).json;
    const id = items.find((token: any) => secret.includes(token.id)).id;
    const link = await door.post("/api/loom/sign-in-links", { role: "viewer" }, bearer(secret));
    const session = await door.post("/api/loom/session", { code: link.json.url.split("#sign-in=")[1] }, { as: "nobody" });
    const browser = { Cookie: session.headers["set-cookie"]![0]!.split(";")[0]!, "X-Loom-Key": session.json.key };
    expect((await door.get("/api/loom/session", { as: "nobody", headers: browser })).json).toMatchObject({ role: "viewer", via: "session" });
    expect((await door.post("/api/loom/tokens", { name: "no" }, { as: "nobody", headers: browser })).json.code).toBe("FORBIDDEN");
    const feeds = [await door.feed().hello({ token: secret }), await door.feed({ Cookie: browser.Cookie }).hello({ key: session.json.key })];
    for (const feed of feeds) await feed.until((message) => message.type === "hello");
    expect((await door.ask("DELETE", `/api/loom/tokens/${id}`)).status).toBe(204);
    expect(await Promise.all(feeds.map((feed) => feed.end))).toEqual([4401, 4401]);
    expect((await door.get("/api/loom/strands", bearer(secret))).status).toBe(401);
    expect((await door.get("/api/loom/strands", { as: "nobody", headers: browser })).status).toBe(401);
    expect((await door.ask("DELETE", `/api/loom/tokens/${id}`)).status).toBe(404);
  });

  test("changes nothing more, also where the body of a change was still to come", async () => {
    const made: string[] = [];
    const item = { key: "POST /plugins/p/make", owner: { plugin: "p", generation: 1 }, item: { method: "POST", path: "/plugins/p/make", handle: () => (made.push("made"), { body: null }) } };
    await using door = await openDoor({ services: { routes: { list: () => [item as never] } } });
    const { token, secret } = (await door.post("/api/loom/tokens", { name: "a program", role: "operator" })).json;
    const slow = ["/api/loom/strands/none/enabled", "/plugins/p/make"].map((path) => {
      const socket = connect(door.port, "127.0.0.1");
      socket.write(`POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\nAuthorization: Bearer ${secret}\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n`);
      return socket;
    });
    // They have been let in then.
    await Promise.all(slow.map((socket) => new Promise((resolve) => socket.once("readable", resolve))));
    expect((await door.ask("DELETE", `/api/loom/tokens/${token.id}`)).status).toBe(204);
    const answers = await Promise.all(slow.map((socket) => (socket.write('{"enabled":true}'), text(socket))));
    for (const answer of answers) expect(answer).toMatch(/HTTP\/1.1 401 /);
    expect(made).toEqual([]);
  });

  test("takes with it what it made: tokens, also of browsers that it let in, and links that nobody has used yet", async () => {
    const secret = await tokenOf({ role: "admin" });
    const link = async () => (await door.post("/api/loom/sign-in-links", { role: "admin" }, bearer(secret))).json.url.split("#sign-in=")[1];
    const session = await door.post("/api/loom/session", { code: await link() }, { as: "nobody" });
    const browser = { as: "nobody", headers: { Cookie: session.headers["set-cookie"]![0]!.split(";")[0]!, "X-Loom-Key": session.json.key } } as const;
    const [child, ofBrowser] = [await tokenOf({}, bearer(secret)), await tokenOf({}, browser)];
    const grandchild = await tokenOf({}, bearer(await tokenOf({ role: "admin" }, bearer(secret))));
    const feed = await door.feed().hello({ token: grandchild });
    await feed.until((message) => message.type === "hello");
    const unused = await link();
    const id = /^loom_([0-9a-f-]{36})/.exec(secret)![1];
    expect((await door.ask("DELETE", `/api/loom/tokens/${id}`)).status).toBe(204);
    expect(await feed.end).toBe(4401);
    for (const gone of [child, ofBrowser, grandchild]) expect((await door.get("/api/loom/strands", bearer(gone))).status).toBe(401);
    expect((await door.post("/api/loom/session", { code: unused }, { as: "nobody" })).json.code).toBe("SIGN_IN_EXPIRED");
  });

  test("that is the home's takes feeds with it also while no other can be made in its place", async () => {
    await using own = await openDoor();
    const { cookie, key } = await own.signIn();
    const feeds = [await own.feed({ Cookie: cookie }).hello({ key }), await own.feed().hello({ token: TOKEN })];
    await Promise.all(feeds.map((feed) => feed.until((message) => message.type === "hello")));
    own.services.adminToken = () => Promise.reject(new LoomError("STORE_UNAVAILABLE", "The disk is full."));
    await own.clock.advance(20_000);
    expect(await Promise.all(feeds.map((feed) => feed.end))).toEqual([4401, 4401]);
  });

  test("that is the home's takes its sessions, feeds and unused links with it when it is replaced", async () => {
    await using own = await openDoor();
    const { cookie, key } = await own.signIn();
    const browser = { as: "nobody", headers: { Cookie: cookie, "X-Loom-Key": key } } as const;
    const unused = own.http.signInLink().split("#sign-in=")[1];
    const feed = await own.feed({ Cookie: cookie }).hello({ key });
    await feed.until((message) => message.type === "hello");
    const mine = await own.post("/api/loom/tokens", { name: "a program" });
    expect((await own.get("/api/loom/session", browser)).status).toBe(200);
    own.services.token = "another";
    expect((await own.get("/api/loom/session", browser)).status).toBe(401);
    expect((await own.post("/api/loom/session", { code: unused }, { as: "nobody" })).json.code).toBe("SIGN_IN_EXPIRED");
    await own.clock.advance(20_000);
    expect(await feed.end).toBe(4401);
    // Tokens are listed, and ended one by one.
    expect((await own.get("/api/loom/session", bearer(mine.json.secret))).status).toBe(200);
    const again = await own.signIn();
    expect((await own.get("/api/loom/session", { as: "nobody", headers: { Cookie: again.cookie, "X-Loom-Key": again.key } })).status).toBe(200);
  });

  test("has a name that can be seen, and is not one of Loom's own for others", async () => {
    for (const name of ["token", "Page", "webhook", "\u001b[2Jx", "a\u202eb", "a\nb", "\u200b", "a\u3164b", "a\u2800b", "a\u034fb", "\uff30age", "р\u0430ge", "\u0422oken", "toke\u0578", "\ua4d3oken"]) expect([name, (await door.post("/api/loom/tokens", { name })).json.code]).toEqual([name, "BAD_INPUT"]);
    for (const name of ["a program", "Ölmühle 7", "tokens", "監視", "Вера", "Ελένη (ops)", "ann Вера"]) expect([name, (await door.post("/api/loom/tokens", { name })).status]).toEqual([name, 201]);
  });

  test("ends at its time", async () => {
    const secret = await tokenOf({ role: "admin", expiresAt: new Date(door.clock.now() + 1_000).toISOString() });
    expect((await door.get("/api/loom/strands", bearer(secret))).status).toBe(200);
    const { url } = (await door.post("/api/loom/sign-in-links", {}, bearer(secret))).json as { readonly url: string };
    await door.clock.advance(1_001);
    expect((await door.post("/api/loom/session", { code: url.split("#sign-in=")[1] }, { as: "nobody" })).json.code).toBe("SIGN_IN_EXPIRED");
    expect((await door.get("/api/loom/strands", bearer(secret))).status).toBe(401);
  });

  test("is refused in the address", async () => {
    for (const path of [`/api/loom/strands?token=${TOKEN}`, `/api/loom/strands?access_token=${secrets.admin}`]) {
      expect([400, 401]).toContain((await door.get(path, { as: "nobody" })).status);
    }
  });
});

describe("the audit log", () => {
  test("keeps a change before it is made, who asked for it, from where, and what came of it", async () => {
    await door.post("/api/loom/strands/none/run", { input: { password: "hunter2" } });
    await door.post("/api/loom/strands/none/run", undefined, bearer(secrets.viewer));
    const runs = (await changes()).filter(({ action, target }) => action.endsWith("/run") && target === "none");
    const missing = runs.find(({ detail }) => detail?.input);
    const refused = runs.find(({ role }) => role === "viewer");
    expect(missing).toMatchObject({ who: "token", role: "admin", via: "token", peer: "127.0.0.1", action: "POST /api/loom/strands/:id/run", target: "none", result: "done" });
    expect(missing.detail).toEqual({ input: ["password"] });
    expect(refused).toMatchObject({ who: "a program", role: "viewer", result: "FORBIDDEN" });
  });

  test("keeps who signs in, and is an admin's to read", async () => {
    await door.signIn();
    expect(await changes()).toContainEqual(expect.objectContaining({ action: "POST /api/loom/session", who: "page", via: "secret", result: "done" }));
    expect((await door.get("/api/loom/audit", bearer(secrets.operator))).json.code).toBe("FORBIDDEN");
    expect((await door.get("/api/loom/audit?who=page&limit=1")).json).toMatchObject({ items: [{ who: "page" }] });
  });
});
