import { request as httpRequest, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import WebSocket from "ws";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDoor, TOKEN, type Door } from "../../../test/support/door.ts";
import { mayConnect } from "../listeners.ts";
import { checkHost } from "./host.ts";
import { proxyOf } from "./proxy.ts";

const ORIGIN = "https://loom.example.com";
/** Where the proxy of these tests connects from; all of 127.0.0.0/8 is this machine. */
const PROXY = "127.0.0.3";

let door: Door;
beforeAll(async () => void (door = await openDoor({ config: { host: "127.0.0.2", proxy: { origin: ORIGIN, from: [PROXY] } } })));
afterAll(() => door[Symbol.asyncDispose]());

const proxied = { Host: "loom.example.com", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9" };

interface Sent {
  readonly from?: string;
  readonly to?: string;
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
}

/** A request as the proxy sends it, unless something else is said. */
async function ask(headers: Record<string, string | string[]>, { from = PROXY, to = "127.0.0.2", method = "GET", path = "/api/loom/session", body }: Sent = {}) {
  const type: Record<string, string> = body === undefined ? {} : { "Content-Type": "application/json" };
  const request = httpRequest({ host: to, port: door.port, localAddress: from, agent: false, method, path, headers: { Authorization: `Bearer ${TOKEN}`, ...type, ...headers } });
  request.end(body);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request.once("response", resolve).once("error", reject);
  const answer = await promise;
  const json = JSON.parse((await text(answer)) || "null");
  return { status: answer.statusCode, headers: answer.headers, code: json?.code, json };
}

describe("behind a proxy that ends TLS", () => {
  test("the proxy gets answers under its name, and this machine under its own", async () => {
    expect((await ask(proxied)).status).toBe(200);
    expect((await ask(proxied, { to: "127.0.0.1" })).status).toBe(200);
    expect((await door.get("/api/loom/session")).status).toBe(200);
    expect((await ask({ Host: `localhost:${door.port}` }, { from: "127.0.0.1", to: "127.0.0.2" })).status).toBe(200);
  });

  test("nobody else gets one under its name, and the proxy none without having ended TLS", async () => {
    expect((await ask(proxied, { from: "127.0.0.4" })).code).toBe("HOST_NOT_ALLOWED");
    for (const proto of [{}, { "X-Forwarded-Proto": "http" }, { "X-Forwarded-Proto": ["https", "http"] }, { "X-Forwarded-Proto": "https, http" }]) {
      expect((await ask({ Host: "loom.example.com", ...proto })).code).toBe("HOST_NOT_ALLOWED");
    }
    for (const Host of ["loom.example.com:7373", "evil.example", "loom.example.com.evil.example", "127.0.0.2"]) expect((await ask({ ...proxied, Host })).code).toBe("HOST_NOT_ALLOWED");
  });

  test("the page's origin is the proxy's, and no other one", async () => {
    expect((await ask({ ...proxied, Origin: ORIGIN })).status).toBe(200);
    for (const Origin of ["http://loom.example.com", "https://evil.example", `http://127.0.0.1:${door.port}`]) expect((await ask({ ...proxied, Origin })).code).toBe("ORIGIN_NOT_ALLOWED");
    expect((await door.get("/api/loom/session", { headers: { Origin: ORIGIN } })).json.code).toBe("ORIGIN_NOT_ALLOWED");
    expect((await ask(proxied)).headers["content-security-policy"]).toContain("connect-src 'self' wss://loom.example.com;");
  });

  test("a browser signs in through it, with a cookie that TLS protects", async () => {
    const { json } = await door.post("/api/loom/sign-in-links");
    const code = json.proxied.split("#sign-in=")[1];
    expect(json).toMatchObject({ url: `http://127.0.0.1:${door.port}/#sign-in=${code}`, proxied: `${ORIGIN}/#sign-in=${code}` });
    const { headers } = await ask(proxied, { method: "POST", path: "/api/loom/session", body: JSON.stringify({ code }) });
    expect(headers["set-cookie"]).toEqual([expect.stringMatching(/; HttpOnly; SameSite=Strict; Path=\/; Max-Age=\d+; Secure$/)]);
  });

  test("who asked is told by the proxy alone, and what the peer wrote before is not believed", async () => {
    const peerOf = async (name: string, headers: Record<string, string | string[]>, sent: Sent = {}): Promise<string> => {
      await ask(headers, { method: "POST", path: "/api/loom/tokens", body: JSON.stringify({ name }), ...sent });
      return (await door.get("/api/loom/audit?limit=1000")).json.items.find(({ detail }: { detail: { name?: string } | null }) => detail?.name === name).peer;
    };
    expect(await peerOf("one header", { ...proxied, "X-Forwarded-For": `10.9.9.9, 203.0.113.9, ${PROXY}` })).toBe("203.0.113.9");
    expect(await peerOf("two headers", { ...proxied, "X-Forwarded-For": ["10.9.9.9", "203.0.113.10"] })).toBe("203.0.113.10");
    expect(await peerOf("no address", { ...proxied, "X-Forwarded-For": "10.9.9.9, not an address" })).toBe(PROXY);
    expect(await peerOf("a zone", { ...proxied, "X-Forwarded-For": `fe80::1%${"z".repeat(3_000)}` })).toBe("fe80::1");
    expect(await peerOf("no proxy", { Host: `127.0.0.1:${door.port}`, "X-Forwarded-For": "10.9.9.9" }, { from: "127.0.0.4" })).toBe("127.0.0.4");
  });

  test("guesses are counted for who asked the proxy, and limit nobody else", async () => {
    const guess = (peer: string) => ask({ ...proxied, Authorization: "Bearer guess", "X-Forwarded-For": peer });
    const statuses = new Set<number | undefined>();
    for (let n = 0; n < 25; n++) statuses.add((await guess("203.0.113.50")).status);
    expect([...statuses]).toEqual([401, 429]);
    expect((await guess("203.0.113.51")).status).toBe(401);
  });

  test("the live feed passes the same guards", async () => {
    const open = (headers: Record<string, string>, localAddress = PROXY): Promise<number> =>
      new Promise((resolve) => {
        const socket = new WebSocket(`ws://127.0.0.2:${door.port}/ws/loom`, { headers, localAddress });
        socket.once("open", () => (resolve(101), socket.terminate()));
        socket.once("unexpected-response", (_, answer) => resolve(answer.statusCode!));
        socket.on("error", () => {});
      });
    expect(await open({ ...proxied, Origin: ORIGIN })).toBe(101);
    expect(await open({ ...proxied, Origin: "https://evil.example" })).toBe(403);
    expect(await open({ ...proxied, Origin: ORIGIN }, "127.0.0.4")).toBe(403);
  });

  test("a loopback name means nothing from another machine", () => {
    const request = (remoteAddress: string) => ({ headersDistinct: { host: ["127.0.0.1:7373"] }, url: "/", socket: { remoteAddress } }) as unknown as IncomingMessage;
    const names = { port: 7373, proxy: null, pageName: null };
    expect(checkHost(request("::ffff:127.0.0.1"), names).peer).toBe("127.0.0.1");
    expect(() => checkHost(request("192.168.0.9"), names)).toThrow("127.0.0.1:7373 and localhost:7373 only");
  });

  test("only this machine and the proxy may say anything at all", () => {
    const proxy = proxyOf({ origin: ORIGIN, from: ["10.0.0.5", "fd00::/8"] });
    const heard = ["127.0.0.1", "127.9.9.9", "::1", "10.0.0.5", "fd12::1", "10.0.0.6", "192.168.0.1", "fe80::1", "", "2001:db8::1"].filter((peer) => mayConnect(peer, proxy));
    expect(heard).toEqual(["127.0.0.1", "127.9.9.9", "::1", "10.0.0.5", "fd12::1"]);
    expect(mayConnect("10.0.0.5", null)).toBe(false);
  });
});

test("without a proxy its headers and its name mean nothing", async () => {
  await using plain = await openDoor();
  expect((await plain.get("/api/loom/session", { headers: proxied })).json.code).toBe("HOST_NOT_ALLOWED");
  expect((await plain.post("/api/loom/sign-in-links")).json.proxied).toBeNull();
});
