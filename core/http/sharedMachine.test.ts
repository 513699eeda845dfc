import type { IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDoor, type Ask, type Door, type Reply } from "../../test/support/door.ts";
import { quietLog } from "../testing/quietLog.ts";
import { createHttp, type Http } from "./app.ts";
import { checkHost, newPageName } from "./guards/host.ts";
import { filesOf } from "./page/pageFiles.ts";

const SHARED = { port: 0, host: "127.0.0.1", sharedMachine: true };

let door: Door;
/** Where the page lives, as `Host` has it. */
let home: string;
beforeAll(async () => {
  door = await openDoor({ config: SHARED });
  home = new URL(door.http.signInLink()).host;
});
afterAll(() => door[Symbol.asyncDispose]());

const oldNames = (): string[] => ["127.0.0.1", "localhost", "[::1]"].map((name) => `${name}:${door.port}`);

/** A request by a browser, under one of the names. */
const browse = (Host: string, method: string, path: string, { headers, ...how }: Ask = {}): Promise<Reply> => door.ask(method, path, { as: "nobody", headers: { Host, ...headers }, ...how });

/** Another gateway over the same store. */
const another = (config: Partial<typeof SHARED>): Http => createHttp({ services: door.services, config: { ...SHARED, ...config }, page: filesOf(door.page), log: quietLog, clock: door.clock });

describe("where others share the machine", () => {
  test("the page lives at a name that no start had before, and links lead there", async () => {
    expect(home).toMatch(new RegExp(`^[0-9a-f]{32}\\.localhost:${door.port}$`));
    expect((await door.post("/api/loom/sign-in-links")).json.url).toContain(`http://${home}/#sign-in=`);
    expect((await browse(home, "GET", "/")).text).toContain("<title>Loom</title>");
    const next = another({});
    await next.listen();
    expect(new URL(next.signInLink()).hostname).not.toBe(new URL(door.http.signInLink()).hostname);
    await next.close();
  });

  test("what others may have left in a browser under an older name gets neither the page nor a session", async () => {
    const code = new URL(door.http.signInLink()).hash.slice("#sign-in=".length);
    for (const host of oldNames()) {
      for (const [method, path, how] of [["GET", "/", {}], ["GET", "/index.html", {}], ["POST", "/api/loom/session", { body: { code } }]] as const) {
        const refused = await browse(host, method, path, how);
        expect([host, path, refused.status, refused.json]).toEqual([host, path, 403, expect.objectContaining({ code: "HOST_NOT_ALLOWED", help: "`loom open` leads to it." })]);
        expect(refused.headers["set-cookie"]).toBeUndefined();
      }
    }
    expect((await browse(home, "POST", "/api/loom/session", { body: { code } })).status).toBe(200);
  });

  test("a session counts under that name alone, on the feed too", async () => {
    const { cookie, key } = await door.signIn();
    const statusAt = async (host: string, path: string): Promise<number> => (await browse(host, "GET", path, { headers: { Cookie: cookie, "X-Loom-Key": key } })).status;
    for (const host of oldNames()) {
      expect([host, await statusAt(host, "/api/loom/session"), await statusAt(host, "/plugins/p/x")]).toEqual([host, 401, 401]);
      expect(await (await door.feed({ Host: host, Cookie: cookie }).hello({ key })).end).toBe(4401);
    }
    expect([await statusAt(home, "/api/loom/session"), await statusAt(home, "/plugins/p/x")]).toEqual([200, 404]);
    const feed = await door.feed({ Host: home, Origin: `http://${home}`, Cookie: cookie }).hello({ key });
    expect(await feed.until((message) => message.type === "hello")).toBeDefined();
  });

  test("programs with a token go on under the other names", async () => {
    for (const host of oldNames()) expect((await door.get("/api/loom/session", { headers: { Host: host } })).json).toMatchObject({ via: "token", role: "admin" });
    expect(await (await door.feed().hello()).until((message) => message.type === "hello")).toBeDefined();
  });

  test("no other name is taken", async () => {
    for (const host of [`${newPageName()}:${door.port}`, `x.${home}`, home.replace(/:\d+$/, ""), home.replace(".localhost", ".localhost."), home.replace(".localhost", ""), `null:${door.port}`]) {
      expect([host, (await browse(host, "GET", "/")).json?.code]).toEqual([host, "HOST_NOT_ALLOWED"]);
    }
  });

  test("that name is this machine's alone", () => {
    const request = (remoteAddress: string) => ({ headersDistinct: { host: ["page.localhost:7373"] }, url: "/", socket: { remoteAddress } }) as unknown as IncomingMessage;
    const names = { port: 7373, proxy: null, pageName: "page.localhost" };
    expect(checkHost(request("127.0.0.1"), names)).toEqual({ origin: "http://page.localhost:7373", peer: "127.0.0.1", hasPage: true });
    expect(() => checkHost(request("192.168.0.9"), names)).toThrow("only");
  });

  test("the page's origin is that name, and no older one", async () => {
    expect((await browse(home, "GET", "/", { headers: { Origin: `http://${home}` } })).headers["content-security-policy"]).toContain(`connect-src 'self' ws://${home};`);
    for (const host of oldNames()) expect((await browse(home, "GET", "/", { headers: { Origin: `http://${host}` } })).json.code).toBe("ORIGIN_NOT_ALLOWED");
  });

});

test.each([[false, 200], [true, 401]])("where others share the machine (%s), a session ends with its gateway", async (sharedMachine, status) => {
  const config = { port: 0, host: "127.0.0.1", sharedMachine };
  await using first = await openDoor({ config });
  const session = await first.signIn();
  const at = async (http: Http, { cookie, key }: typeof session): Promise<number> => {
    const Host = new URL(http.signInLink()).host;
    return (await first.get("/api/loom/session", { as: "nobody", headers: { Host, Cookie: cookie, "X-Loom-Key": key } })).status;
  };
  expect(await at(first.http, session)).toBe(200);
  await first.http.close();
  const next = createHttp({ services: first.services, config: { ...config, port: first.port }, page: filesOf(first.page), log: quietLog, clock: first.clock });
  await next.listen();
  expect(await at(next, session)).toBe(status);
  await next.close();
});
