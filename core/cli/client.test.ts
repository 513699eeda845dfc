import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { makeFolder } from "../../test/support/folder.ts";
import { readBody, send } from "../../test/support/plainHttp.ts";
import { thisGateway, type GatewayFile } from "../config/gatewayFile.ts";
import { incarnationOf } from "../processIdentity.ts";
import { lockHome } from "../store/sqlite/homeLock.ts";
import { FakeClock } from "../testing/fakeClock.ts";
import { connect } from "./client.ts";

const STARTED_AT = "2026-11-21T00:00:00.000Z";
const NOT_RUNNING = expect.objectContaining({ code: "GATEWAY_NOT_RUNNING" });

/** A program that listens and tells what it was sent. Its first `broken` answers are connections that end. */
async function listen(broken = 0): Promise<AsyncDisposable & { readonly address: string; readonly asked: readonly IncomingHttpHeaders[]; connections: number }> {
  const asked: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      asked.push(request.headers);
      if (asked.length <= broken) request.socket.destroy();
      else send(response, 202, { body });
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const listening = {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    connections: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on("connection", () => (listening.connections += 1));
  return listening;
}

const homeWith = (gateway: GatewayFile): ReturnType<typeof makeFolder> => makeFolder({ token: "secret", "gateway.json": JSON.stringify(gateway) });

test("what starts something is asked again where the connection breaks, under the same key, and another time under another", async () => {
  await using server = await listen(1);
  await using home = await homeWith(thisGateway(server.address, STARTED_AT));
  const client = connect(home.path);
  for (const from of ["start", "failed"]) expect(await client.ask("runs/1/retry", { from })).toEqual({ body: { from } });
  const keys = server.asked.map((headers) => headers["idempotency-key"]);
  expect([keys.length, keys[0] === keys[1], new Set(keys).size]).toEqual([3, true, 2]);
});

test("a token that was deleted is made by the gateway that is asked, and used", async () => {
  await using home = await makeFolder();
  const shown: unknown[] = [];
  const server = createServer((request, response) => {
    shown.push(request.headers.authorization);
    writeFileSync(home.at("token"), "another");
    send(response, request.headers.authorization === "Bearer another" ? 200 : 401, { items: [], next: null });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(home.at("gateway.json"), JSON.stringify(thisGateway(address, STARTED_AT)));
  const client = connect(home.path);
  expect(() => client.token()).toThrow(expect.objectContaining({ code: "HOME_UNSAFE", message: expect.stringContaining("There is no token") }));
  expect(await client.list("strands")).toEqual([]);
  expect([client.token(), shown]).toEqual(["another", ["Bearer none", "Bearer another"]]);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test("a pipe in the place of gateway.json, or of the token, is refused and not waited for", async () => {
  await using home = await makeFolder({ token: "secret" });
  execFileSync("mkfifo", [home.at("gateway.json")]);
  expect(() => connect(home.path)).toThrow(expect.objectContaining({ code: "HOME_UNSAFE", message: expect.stringContaining("gateway.json cannot be read: it is not a file") }));
  await using other = await makeFolder({ "gateway.json": JSON.stringify(thisGateway("http://127.0.0.1:1", STARTED_AT)) });
  execFileSync("mkfifo", [other.at("token")]);
  expect(() => connect(other.path).token()).toThrow(expect.objectContaining({ code: "HOME_UNSAFE", message: expect.stringContaining("token cannot be read: it is not a file") }));
});

test("the token goes nowhere when another process has the id of the gateway that was killed", async () => {
  await using squatter = await listen();
  const gateway = thisGateway(squatter.address, STARTED_AT);
  const [boot, startTime] = gateway.incarnation!.split("/");
  const stale: readonly GatewayFile[] = [
    { ...gateway, incarnation: incarnationOf(process.ppid) },
    { ...gateway, incarnation: `${boot!.replace(/^./, (digit) => (digit === "0" ? "1" : "0"))}/${startTime}` },
    { pid: gateway.pid, address: gateway.address, startedAt: STARTED_AT },
  ];
  for (const left of stale) {
    await using home = await homeWith(left);
    expect(() => connect(home.path)).toThrow(NOT_RUNNING);
  }
  expect(squatter.connections).toBe(0);
});

test("the token goes to the gateway alone, whatever proxy the environment names", async () => {
  const through: string[] = [];
  const proxy = createTcpServer((socket) => socket.on("error", () => {}).once("data", (asked) => (through.push(asked.toString()), socket.end("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")))).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  await using server = await listen();
  await using home = await homeWith(thisGateway(server.address, STARTED_AT));
  const script = `
    import { connect } from ${JSON.stringify(new URL("client.ts", import.meta.url).href)};
    await connect(${JSON.stringify(home.path)}).post("reload");
    await fetch("http://elsewhere.invalid/").catch(() => {});
    process.exit();`;
  const { NO_PROXY: _, no_proxy: _lower, ...others } = process.env;
  const env = { ...others, NODE_USE_ENV_PROXY: "1", HTTP_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  await promisify(execFile)(process.execPath, ["--conditions=loom-source", "--input-type=module", "-e", script], { env });
  proxy.close();
  // It is asked for all else.
  expect([server.asked.length, through]).toEqual([1, [expect.stringMatching(/^CONNECT elsewhere\.invalid/)]]);
});

test("where nothing tells one process from another, the one that has the home is the gateway", async () => {
  await using server = await listen();
  await using home = await homeWith({ ...thisGateway(server.address, STARTED_AT), incarnation: null });
  const lock = lockHome(home.at("lock.db"));
  // The next one, which does not listen yet, or a restore.
  expect(() => connect(home.path)).toThrow(NOT_RUNNING);
  lock.describe(`${server.address}0`);
  expect(() => connect(home.path)).toThrow(NOT_RUNNING);
  lock.describe(server.address);
  expect(await connect(home.path).post("reload", {})).toEqual({ body: {} });
  lock.release();
  expect(() => connect(home.path)).toThrow(NOT_RUNNING);
});

test("a gateway that says nothing, or half of an answer, is waited for a minute and asked no second time", async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url!);
    if (request.method === "GET") response.write("{");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  await using home = await homeWith(thisGateway(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, STARTED_AT));
  const clock = new FakeClock();
  const client = connect(home.path, clock);
  for (const [ask, path] of [[() => client.get("gateway"), "gateway"], [() => client.ask("reload"), "reload"]] as const) {
    const answer = expect(ask()).rejects.toMatchObject({ code: "GATEWAY_TIMEOUT", message: expect.stringContaining("did not answer within 60 s") });
    await expect.poll(() => asked.at(-1)).toBe(`/api/loom/${path}`);
    await clock.advance(60_000);
    await answer;
  }
  expect([asked.length, clock.pending]).toEqual([2, 0]);
  server.closeAllConnections();
  server.close();
});

test("a command that goes on for long sends nothing more once its gateway has stopped or is another", async () => {
  await using squatter = await listen();
  const gateway = thisGateway(squatter.address, STARTED_AT);
  await using home = await homeWith(gateway);
  const client = connect(home.path);
  await client.get("gateway");
  const seen = squatter.asked.length;
  const later: readonly GatewayFile[] = [
    { ...gateway, incarnation: incarnationOf(process.ppid) },
    { ...gateway, startedAt: "2026-11-21T00:00:01.000Z" },
  ];
  for (const next of later) {
    await home.write({ "gateway.json": JSON.stringify(next) });
    await expect(client.get("gateway")).rejects.toThrow(NOT_RUNNING);
    await expect(client.ask("reload")).rejects.toThrow(NOT_RUNNING);
  }
  expect(squatter.asked.length).toBe(seen);
});
