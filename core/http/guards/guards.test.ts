import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aFailedRun, T, withStrands } from "../../../test/contract/fixtures.ts";
import { NODE, openDoor, TOKEN, type Door } from "../../../test/support/door.ts";
import { LoomError } from "../../errors/loomError.ts";
import { FakeClock } from "../../testing/fakeClock.ts";
import type { RouteSpec } from "../route.ts";
import { Guesses } from "./guesses.ts";

let door: Door;
let runId: string;

beforeAll(async () => {
  const echo = { key: "POST /plugins/demo/echo/:word", owner: { plugin: "demo" }, item: { method: "POST" as const, path: "/echo/:word", handle: (request: object) => ({ body: { ...request } as never }) } };
  door = await openDoor({ services: { routes: { list: () => [echo] } } });
  await withStrands(door.store, "s:1:a");
  await door.store.runs.observe({ strandId: "s:1:a", at: T, finished: [aFailedRun("one")] });
  runId = (await door.store.runs.list({ limit: 1 })).items[0]!.id;
  await door.index.settled();
});
afterAll(() => door[Symbol.asyncDispose]());

/** An address that the route answers, from its pattern. */
function addressOf({ path }: RouteSpec): string {
  return path.replace("/runs/:id", `/runs/${runId}`).replace(":id", "s:1:a").replace(":widget", "w");
}

function everyAddress(): string[] {
  return [...door.http.routes.map(addressOf), "/", "/index.html", "/nothing", "/plugins/demo/echo/a"];
}

async function writesDuring(act: () => Promise<void>): Promise<number> {
  const before = (await door.store.stats()).writes;
  await act();
  return (await door.store.stats()).writes - before;
}

describe("host", () => {
  test("a host that is not one of our names is refused on every route", async () => {
    for (const path of everyAddress()) {
      const { status, json } = await door.get(path, { headers: { Host: `evil.example:${door.port}` } });
      expect([path, status, json.code]).toEqual([path, 403, "HOST_NOT_ALLOWED"]);
    }
  });

  test("only the exact names with the exact port pass", async () => {
    const { port } = door;
    const status = async (host: string): Promise<number> => (await door.get("/healthz", { headers: { Host: host } })).status;
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) expect([host, await status(host)]).toEqual([host, 200]);
    for (const host of ["localhost", "127.0.0.1", `localhost:${port + 1}`, `localhost.evil:${port}`, `localhost.:${port}`, `a@localhost:${port}`, `127.0.0.1.:${port}`, `0.0.0.0:${port}`, `mill.tail1234.ts.net:${port}`]) {
      expect([host, await status(host)]).toEqual([host, 403]);
    }
  });

  test("a missing host, two of them, and an absolute target are refused", async () => {
    const host = `Host: 127.0.0.1:${door.port}\r\n`;
    expect(await door.raw("GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n")).toMatch(/^HTTP\/1.1 403 /);
    expect(await door.raw("GET /healthz HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n")).toMatch(/^HTTP\/1.1 403 /);
    expect(await door.raw("GET /healthz HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1.1 403 /);
    expect(await door.raw(`GET /healthz HTTP/1.1\r\n${host}Host: evil.example\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1.1 4\d\d /);
    expect(await door.raw(`GET /healthz HTTP/1.1\r\n${host}${host}Connection: close\r\n\r\n`)).toMatch(/^HTTP\/1.1 4\d\d /);
    for (const target of ["http://evil.example/healthz", "/healthz#", "/healthz#/api", "/api\\loom\\strands#", "/\\evil.example/healthz"]) {
      expect([target, (await door.raw(`GET ${target} HTTP/1.1\r\n${host}Connection: close\r\n\r\n`)).slice(0, 12)]).toEqual([target, "HTTP/1.1 403"]);
    }
  });
});

describe("origin", () => {
  const foreign = (port: number): Record<string, string>[] => [
    { Origin: "http://evil.example" },
    { Origin: "null" },
    { Origin: `http://127.0.0.1:${port + 1}` },
    { Origin: `http://localhost:${port}` },
    { Origin: `https://127.0.0.1:${port}` },
    { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors" },
    { "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors" },
    { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe" },
  ];

  test("another site's requests are refused on every route, whatever the credential", async () => {
    for (const headers of foreign(door.port)) {
      for (const path of everyAddress()) {
        const { status, json, headers: answer } = await door.get(path, { headers });
        expect([path, headers, status, json.code]).toEqual([path, headers, 403, "ORIGIN_NOT_ALLOWED"]);
        expect(Object.keys(answer).filter((name) => name.startsWith("access-control"))).toEqual([]);
      }
    }
  });

  test("no route that changes anything takes a form, a plain text or another site's request, and nothing is written", async () => {
    const changing = door.http.routes.filter((route) => route.method !== "GET");
    expect(changing.length).toBeGreaterThanOrEqual(5);
    const types = ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", "application/json; charset=utf-16", "application/jsonp"];
    const written = await writesDuring(async () => {
      for (const route of changing) {
        const path = addressOf(route);
        // A webhook's body is proved by a secret, byte for byte.
        for (const type of route.body === "raw" ? [] : types) {
          const { status } = await door.ask(route.method, path, { headers: { "Content-Type": type }, body: "{}" });
          expect([path, type, status]).toEqual([path, type, 415]);
        }
        for (const headers of foreign(door.port)) expect((await door.ask(route.method, path, { headers, body: {} })).status).toBe(403);
        const tag = { "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "no-cors" };
        expect((await door.ask(route.method, path, { headers: tag, body: {} })).status).toBe(403);
      }
    });
    expect(written).toBe(0);
  });

  test("one that names two origins is refused, though the first is right", async () => {
    const head = `GET /api/loom/strands HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: close\r\nOrigin: http://127.0.0.1:${door.port}\r\n`;
    expect(await door.raw(`${head}\r\n`)).toMatch(/^HTTP\/1.1 200 /);
    expect(await door.raw(`${head}Origin: http://evil.example\r\n\r\n`)).toMatch(/^HTTP\/1.1 403 /);
  });

  test("a link in a mail opens the page, and only the page", async () => {
    const link = { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" };
    expect((await door.get("/", { headers: link, as: "nobody" })).status).toBe(200);
    expect((await door.get("/?strand=a", { headers: link, as: "nobody" })).status).toBe(200);
    for (const path of everyAddress().filter((address) => address !== "/")) expect([path, (await door.get(path, { headers: link })).status]).toEqual([path, 403]);
    expect((await door.ask("POST", "/", { headers: link })).status).toBe(403);
    expect((await door.get("/", { headers: { ...link, Origin: "http://evil.example" } })).status).toBe(403);
  });

  test("the page's own requests pass", async () => {
    const own = { Origin: `http://127.0.0.1:${door.port}`, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors" };
    expect((await door.get("/api/loom/strands", { headers: own })).status).toBe(200);
    expect((await door.get("/index.html", { headers: { "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "no-cors" }, as: "nobody" })).status).toBe(200);
    expect((await door.get("/api/loom/strands", { headers: { "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "no-cors" } })).status).toBe(403);
  });
});

describe("credential", () => {
  test("every route but the open ones needs one", async () => {
    for (const route of door.http.routes) {
      const { status } = await door.ask(route.method, addressOf(route), { as: "nobody", ...(route.body && { body: {} }) });
      if (route.access === "open") expect([route.path, status]).not.toEqual([route.path, 401]);
      else expect([route.path, status]).toEqual([route.path, 401]);
    }
    expect((await door.post("/plugins/demo/echo/a", {}, { as: "nobody" })).status).toBe(401);
    expect((await door.get("/plugins/none/b", { as: "nobody" })).status).toBe(401);
  });

  test("the open addresses are the way in, the signs of life and the hooks of workflows, and no others", () => {
    const open = door.http.routes.filter(({ access }) => access === "open").map(({ method, path }) => `${method} ${path}`);
    expect(open.toSorted()).toEqual(["GET /healthz", "GET /readyz", "POST /api/loom/session", "POST /hooks/:id"]);
    expect(door.http.routes.filter(({ body }) => body === "raw").map(({ path }) => path)).toEqual(["/hooks/:id"]);
  });

  test("what only looks like the token is refused", async () => {
    await using own = await openDoor();
    for (const value of ["", "Bearer", "Bearer ", `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(0, -1)}`, `Basic ${TOKEN}`, TOKEN, `Bearer ${TOKEN} extra`, "Bearer tök"]) {
      const { status, headers } = await own.get("/api/loom/session", { as: "nobody", headers: { Authorization: Buffer.from(value).toString("latin1") } });
      expect([value, status]).toEqual([value, 401]);
      expect(headers["www-authenticate"]).toContain("Bearer");
    }
    const right = `Authorization: Bearer ${TOKEN}\r\n`;
    const two = await own.raw(`GET /api/loom/session HTTP/1.1\r\nHost: 127.0.0.1:${own.port}\r\n${right}${right}Connection: close\r\n\r\n`);
    expect(two).toMatch(/^HTTP\/1.1 401 /);
    expect((await own.get(`/api/loom/session?token=${TOKEN}`, { as: "nobody" })).status).toBe(401);
  });

  test("a new token holds at the next request, and the old one no longer", async () => {
    await using own = await openDoor();
    own.services.token = "another-token";
    expect((await own.get("/api/loom/session")).status).toBe(401);
    expect((await own.get("/api/loom/session", { as: "nobody", headers: { Authorization: "Bearer another-token" } })).status).toBe(200);
    own.services.token = "";
    expect((await own.get("/api/loom/session", { as: "nobody", headers: { Authorization: "Bearer " } })).status).toBe(401);
  });

  test("a thousand guesses are limited, and the right token still passes", async () => {
    await using own = await openDoor();
    const statuses = new Map<number, number>();
    for (let i = 0; i < 1000; i += 20) {
      const guesses = Array.from({ length: 20 }, (_, j) => own.get("/api/loom/strands", { as: "nobody", headers: { Authorization: `Bearer guess-${i + j}`, Origin: `http://127.0.0.1:${own.port}` } }));
      for (const { status } of await Promise.all(guesses)) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses]).toEqual([[401, 20], [429, 980]]);
    expect((await own.get("/api/loom/strands")).status).toBe(200);
    const limited = await own.get("/api/loom/strands", { as: "nobody", headers: { Authorization: "Bearer guess" } });
    expect(limited.headers["retry-after"]).toBe("60");
    const code = await own.post("/api/loom/session", { code: "guess" }, { as: "nobody" });
    expect(code.status).toBe(429);
    await own.clock.advance(60_000);
    expect((await own.get("/api/loom/strands", { as: "nobody", headers: { Authorization: "Bearer guess" } })).status).toBe(401);
  });

  test("the table of guesses is bounded, and a flood drives nobody out of it", () => {
    const guesses = new Guesses(new FakeClock());
    const wrong = (peer: string): string => guesses.wrong(peer, new LoomError("UNAUTHENTICATED", "no")).code;
    for (let i = 0; i < 21; i++) wrong("10.0.0.1");
    for (let i = 0; i < 5000; i++) wrong(`peer ${i}`);
    expect(guesses.peers).toBeLessThanOrEqual(1000);
    expect(wrong("10.0.0.1")).toBe("RATE_LIMITED");
    expect(wrong("one more")).toBe("RATE_LIMITED");
  });

  test("who has a network of IPv6 addresses guesses no more than who has one address", () => {
    const guesses = new Guesses(new FakeClock());
    const wrong = (peer: string): string => guesses.wrong(peer, new LoomError("UNAUTHENTICATED", "no")).code;
    for (let i = 0; i < 20; i++) expect(wrong(`2001:db8:0:1::${i.toString(16)}`)).toBe("UNAUTHENTICATED");
    expect(wrong("2001:DB8:0:1:ffff:0:0:1")).toBe("RATE_LIMITED");
    for (const other of ["2001:db8:0:2::1", "2001:db8::1", "::1", "::ffff:10.0.0.1", "fe80::1%eth0", "10.0.0.1"]) expect(wrong(other)).toBe("UNAUTHENTICATED");
    for (let i = 0; i < 20; i++) wrong("::ffff:10.0.0.2");
    expect([wrong("::ffff:a00:2"), wrong("::ffff:10.0.0.3")]).toEqual(["RATE_LIMITED", "UNAUTHENTICATED"]);
  });

  test("headers that claim another peer, person or method are ignored", async () => {
    const claims = { "X-Forwarded-For": "10.1.1.1", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", Forwarded: "for=10.1.1.1", "Tailscale-User-Login": "root@example" };
    expect((await door.get("/api/loom/strands", { as: "nobody", headers: claims })).status).toBe(401);
    const written = await writesDuring(async () => {
      expect((await door.get("/api/loom/strands/s:1:a", { headers: { ...claims, "X-HTTP-Method-Override": "POST", "X-Method-Override": "DELETE" } })).status).toBe(200);
      expect((await door.get("/api/loom/strands/s:1:a/run?_method=POST")).status).toBe(405);
    });
    expect(written).toBe(0);
  });

  test("nothing that reads writes", async () => {
    const written = await writesDuring(async () => {
      for (const method of ["GET", "HEAD", "OPTIONS"]) for (const path of everyAddress()) await door.ask(method, path);
    });
    expect(written).toBe(0);
  });
});

describe("session", () => {
  test("both halves sign in, neither alone, and signing out ends it", async () => {
    await using own = await openDoor();
    const { cookie, key } = await own.signIn();
    const as = (headers: Record<string, string>): Promise<number> => own.get("/api/loom/strands", { as: "nobody", headers }).then((reply) => reply.status);
    expect(await as({ Cookie: cookie, "X-Loom-Key": key })).toBe(200);
    expect(await as({ Cookie: `other=1; ${cookie.split("=")[0]}=planted; ${cookie}`, "X-Loom-Key": key })).toBe(200);
    expect(await as({ Cookie: cookie })).toBe(401);
    expect(await as({ "X-Loom-Key": key })).toBe(401);
    expect(await as({ Cookie: cookie, "X-Loom-Key": `${key}x` })).toBe(401);
    // A credential that is there and wrong is never passed over for another that is right.
    expect(await as({ Authorization: `Bearer ${TOKEN}` })).toBe(200);
    expect(await as({ Authorization: `Bearer ${TOKEN}`, "X-Loom-Key": "wrong" })).toBe(401);
    const both = { as: "nobody", headers: { Cookie: cookie, "X-Loom-Key": key } } as const;
    expect((await own.get("/api/loom/session", both)).json).toMatchObject({ name: "page", via: "session", role: "admin" });
    expect((await own.post("/api/loom/sign-in-links", undefined, both)).json.code).toBe("FORBIDDEN");
    const out = await own.ask("DELETE", "/api/loom/session", both);
    expect([out.status, out.headers["set-cookie"]![0]]).toEqual([204, expect.stringContaining("Max-Age=0")]);
    expect(await as({ Cookie: cookie, "X-Loom-Key": key })).toBe(401);
  });

  test("the cookie is for this origin's requests alone, and no script reads it", async () => {
    const { json } = await door.post("/api/loom/sign-in-links");
    expect(json.url).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${door.port}/#sign-in=[\\w-]{43}$`));
    const { headers } = await door.post("/api/loom/session", { code: json.url.split("=")[1] }, { as: "nobody" });
    expect(headers["set-cookie"]).toEqual([expect.stringMatching(/^loom_session_\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=2592000$/)]);
  });

  test("a link works once, and not after ten minutes", async () => {
    await using own = await openDoor();
    const use = (link: string): Promise<number> => own.post("/api/loom/session", { code: link.split("=")[1] }, { as: "nobody" }).then((reply) => reply.status);
    const link = own.http.signInLink();
    expect([await use(link), await use(link)]).toEqual([200, 401]);
    const old = own.http.signInLink();
    await own.clock.advance(10 * 60_000);
    expect(await use(old)).toBe(401);
  });

  test("a session ends after thirty days", async () => {
    await using own = await openDoor();
    const { cookie, key } = await own.signIn();
    own.clock.jump(30 * 86_400_000);
    expect((await own.get("/api/loom/session", { as: "nobody", headers: { Cookie: cookie, "X-Loom-Key": key } })).status).toBe(401);
  });
});

describe("body", () => {
  const address = "/api/loom/strands/s:1:a/enabled";

  test("a change without a body needs no content type", async () => {
    expect((await door.post("/api/loom/strands/s:1:a/run")).status).toBe(202);
    expect((await door.post("/api/loom/strands/s:1:a/run", {})).status).toBe(202);
  });

  test("too long, too deep, of too many values, not UTF-8, not JSON and prototype keys are refused", async () => {
    const code = async (body: string): Promise<string> => (await door.post(address, body)).json.code;
    expect(await code(`"${"x".repeat(1024 * 1024)}"`)).toBe("TOO_LARGE");
    expect((await door.post(address, "[".repeat(10_000) + "]".repeat(10_000))).json.detail).toContain("levels deep");
    for (const many of [Array(60_000).fill(0), Array(10).fill(Array(6_000).fill({})), Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [n, 0]))]) {
      expect((await door.post(address, many)).json.detail).toContain("more than 50000 values");
    }
    expect(await code("{")).toBe("BAD_INPUT");
    for (const key of ["__proto__", "constructor", "prototype"]) expect((await door.post(address, `{"enabled":true,"x":{"${key}":{}}}`)).json.detail).toContain(key);
    const head = `POST ${address} HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: close\r\nContent-Type: application/json\r\n`;
    const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
    expect(await door.raw(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk("x".repeat(600_000))}${chunk("x".repeat(600_000))}0\r\n\r\n`)).toMatch(/^HTTP\/1.1 413 /);
    expect(await door.raw(`${head}Content-Length: 50000000\r\n\r\n`)).toMatch(/^HTTP\/1.1 413 /);
    expect(await door.raw(`${head}Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd`)).toMatch(/^HTTP\/1.1 415 /);
    expect((await door.ask("POST", address, { headers: { "Content-Type": "application/json", "Content-Length": "0" } })).status).toBe(400);
  });

  test("a body that is not UTF-8 is refused", async () => {
    const { connect } = await import("node:net");
    const { text } = await import("node:stream/consumers");
    const socket = connect(door.port, "127.0.0.1");
    socket.write(`POST ${address} HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n`);
    socket.write(Buffer.from([0x22, 0xff, 0xfe, 0x22]));
    expect(await text(socket)).toMatch(/^HTTP\/1.1 400 [^]*not UTF-8/);
  });

  test("a body that does not say what it is is refused", async () => {
    const body = '{"enabled":true}';
    const head = `POST ${address} HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: close\r\n`;
    expect(await door.raw(`${head}Content-Length: ${body.length}\r\n\r\n${body}`)).toMatch(/^HTTP\/1.1 415 /);
  });
});

describe("limits", () => {
  test("headers that are too long, or never end, are cut off", async () => {
    await using patient = await openDoor({ limits: { headersMs: 200, requestMs: 60_000 } });
    expect(await patient.raw(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${patient.port}\r\nX-Slow: `)).toMatch(/^HTTP\/1.1 408 /);
    await using own = await openDoor({ limits: { headersMs: 200, requestMs: 400 } });
    const many = Array.from({ length: 5000 }, (_, i) => `X-${i}: 1\r\n`).join("");
    expect(await own.raw(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${own.port}\r\n${many}\r\n`)).toMatch(/^HTTP\/1.1 431 /);
    expect(await own.raw(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${own.port}\r\nX-Slow: `)).toMatch(/^HTTP\/1.1 408 /);
    const cookies = `Cookie: other=${"1".repeat(20_000)}\r\n`;
    expect(await own.raw(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${own.port}\r\n${cookies}\r\n`)).toMatch(/^HTTP\/1.1 431 [^]*nosniff[^]*delete the cookies of this site/);
    const slowBody = `POST /api/loom/session HTTP/1.1\r\nHost: 127.0.0.1:${own.port}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`;
    expect(await own.raw(slowBody)).toMatch(/^HTTP\/1.1 408 /);
    expect((await own.get("/healthz")).status).toBe(200);
  });
});

describe("a body in pieces", () => {
  const inPieces = (to: string, pieces: number, piece: string): string =>
    `POST ${to} HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${`${piece.length.toString(16)}\r\n${piece}\r\n`.repeat(pieces)}`;

  test("is taken, also where they are small", async () => {
    const [few, many] = [inPieces("/api/loom/tokens", 900, " "), inPieces("/api/loom/tokens", 3_000, " ".repeat(100))];
    for (const request of [few, many]) expect(await door.raw(`${request.replace("chunked", "chunked\r\nConnection: close")}0\r\n\r\n`)).toMatch(/^HTTP\/1.1 400 [^]*The body is not JSON/);
  });

  test("of which very many are very small ends its connection, unanswered, whether or not anybody reads it", async () => {
    for (const request of [inPieces("/api/loom/reload", 3_000, " "), inPieces("/api/loom/reload", 3_000, " ").replace("Host", "Expect: wonders\r\nHost")]) expect(await door.raw(request)).toBe("");
  });

  test("that is answered before its end is read no further", async () => {
    expect(await door.raw(inPieces("/nothing", 1, " "))).toMatch(/^HTTP\/1.1 404 /);
    expect(await door.raw(inPieces("/nothing", 1, " ").replace("Host", "Expect: wonders\r\nHost"))).toMatch(/^HTTP\/1.1 404 /);
  });
});

describe("answers", () => {
  test("each carries the headers that keep a browser in bounds", async () => {
    for (const path of ["/", "/api/loom/strands", "/nothing"]) {
      const { headers } = await door.get(path);
      expect(headers["content-security-policy"]).toBe(
        `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ws://127.0.0.1:${door.port}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      );
      expect(headers).toMatchObject({
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
      });
    }
    const refused = await door.get("/", { headers: { Host: "evil.example" } });
    expect(refused.headers["content-security-policy"]).not.toContain("evil");
  });

  test("plugins' addresses get what was sent, behind the same guards", async () => {
    const { status, json } = await door.post("/plugins/demo/echo/a%20b?x=1", { n: 1 });
    expect([status, json]).toEqual([200, { params: { word: "a b" }, query: { x: "1" }, body: { n: 1 } }]);
    expect((await door.get("/plugins/demo/echo/a")).status).toBe(404);
    expect(NODE.name).toBe("mill");
  });
});
