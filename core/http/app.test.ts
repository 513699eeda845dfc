import { once } from "node:events";
import { connect, createServer } from "node:net";
import { expect, test } from "vitest";
import { openDoor, type Door } from "../../test/support/door.ts";
import { LoomError } from "../errors/loomError.ts";
import type { LogFields } from "../log/log.ts";
import { quietLog } from "../testing/quietLog.ts";
import { createHttp, type Http, type HttpOptions } from "./app.ts";
import { filesOf } from "./page/pageFiles.ts";

function anotherOn(door: Door, over: Partial<HttpOptions>): Http {
  return createHttp({ services: door.services, config: { port: 0, host: "127.0.0.1" }, page: filesOf(door.page), log: quietLog, clock: door.clock, ...over });
}

test("a port that is taken is said by its number", async () => {
  await using door = await openDoor();
  const taken = anotherOn(door, { config: { port: door.port, host: "127.0.0.1" } });
  await expect(taken.listen()).rejects.toMatchObject({ code: "PORT_IN_USE", message: expect.stringContaining(String(door.port)) });
  await taken.close();
});

test("the IPv6 loopback is an address like the other", async () => {
  await using door = await openDoor();
  const http = anotherOn(door, { config: { port: 0, host: "::1" } });
  const { address, port } = await http.listen();
  expect(address).toBe(`http://[::1]:${port}`);
  expect(await (await fetch(`${address}/healthz`)).json()).toEqual({ ok: true });
  expect(http.signInLink()).toContain(`${address}/#sign-in=`);
  await http.close();
});

test.each(["127.0.0.1", "::1"])("nobody else listens on the other loopback, where browsers look for localhost as well: %s", async (host) => {
  await using door = await openDoor();
  const other = host === "::1" ? "127.0.0.1" : "::1";
  const squatter = createServer().listen(0, other);
  await once(squatter, "listening");
  const { port } = squatter.address() as { port: number };
  const http = anotherOn(door, { config: { port, host } });
  await expect(http.listen()).rejects.toMatchObject({ code: "PORT_IN_USE" });
  await http.close();
  squatter.close();
  await once(squatter, "close");
  const again = anotherOn(door, { config: { port, host } });
  await again.listen();
  for (const name of ["127.0.0.1", "[::1]"]) expect(await (await fetch(`http://${name}:${port}/healthz`)).json()).toEqual({ ok: true });
  await again.close();
});

test("the whole of a fault is in the log, under the id that the answer shows", async () => {
  const kept: { message: string; fields: LogFields | undefined }[] = [];
  const log = { ...quietLog, error: (message: string, fields?: LogFields) => void kept.push({ message, fields }) };
  await using door = await openDoor();
  const services = { ...door.services, plugins: { list: () => { throw new Error("secret detail"); } } };
  const http = anotherOn(door, { services, log });
  const { address } = await http.listen();
  const answer = await fetch(`${address}/api/loom/plugins`, { headers: { authorization: `Bearer ${door.services.token}` } });
  const { instance } = (await answer.json()) as { instance: string };
  expect(kept).toEqual([{ message: "a request failed", fields: expect.objectContaining({ instance, error: expect.objectContaining({ message: "secret detail" }) }) }]);
  await http.close();
});

test("trouble of the store is told some times, however often somebody asks", async () => {
  const told: string[] = [];
  await using door = await openDoor();
  const services = { ...door.services, plugins: { list: () => { throw new LoomError("STORE_UNAVAILABLE", "The disk is full."); } } };
  const http = anotherOn(door, { services, log: { ...quietLog, error: (message) => void told.push(message) } });
  const { address } = await http.listen();
  for (let n = 0; n < 25; n++) expect((await fetch(`${address}/api/loom/plugins`, { headers: { authorization: `Bearer ${door.services.token}` } })).status).toBe(503);
  expect(told).toHaveLength(20);
  await http.close();
});

test("a fault that somebody can cause on and on does not fill the log", async () => {
  const told: string[] = [];
  await using door = await openDoor();
  const services = { ...door.services, plugins: { list: () => { throw new Error("broken"); } } };
  const http = anotherOn(door, { services, log: { ...quietLog, error: (message) => void told.push(message) } });
  const { address } = await http.listen();
  for (let n = 0; n < 120; n++) expect((await fetch(`${address}/api/loom/plugins`, { headers: { authorization: `Bearer ${door.services.token}` } })).status).toBe(500);
  expect(told).toHaveLength(100);
  await http.close();
});

test("closing lets a request under way finish, and does not wait for idle connections", async () => {
  await using door = await openDoor();
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<[]>();
  const slow = { id: "slow", title: "Slow", read: () => (asked.resolve(), answer.promise) };
  const http = anotherOn(door, { services: { ...door.services, widgets: { list: () => [{ key: "p:slow", owner: { plugin: "p" }, item: slow }] } } });
  const { address, port } = await http.listen();
  const idle = connect(port, "127.0.0.1");
  await once(idle, "connect");
  const reply = fetch(`${address}/api/loom/plugins/p/widgets/slow`, { headers: { authorization: `Bearer ${door.services.token}` } });
  await asked.promise;
  const closed = http.close();
  answer.resolve([]);
  expect(await (await reply).json()).toEqual({ id: "slow", title: "Slow", rows: [] });
  await closed;
  await http.close();
  idle.destroy();
});

test("so many connections are taken at a time, at whichever address they come in", async () => {
  await using door = await openDoor();
  const http = anotherOn(door, { limits: { connections: 2 } });
  const { port } = await http.listen();
  const ask = async (host: string) => {
    const socket = connect({ port, host });
    socket.on("error", () => {});
    socket.write(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    const answer = await Promise.race([once(socket, "data").then(([bytes]) => String(bytes).slice(0, 15)), once(socket, "close").then(() => "closed")]);
    return { socket, answer };
  };
  const [first, second] = [await ask("127.0.0.1"), await ask("::1")];
  expect([first.answer, second.answer]).toEqual(["HTTP/1.1 200 OK", "HTTP/1.1 200 OK"]);
  for (const host of ["127.0.0.1", "::1"]) expect((await ask(host)).answer).toBe("closed");
  first.socket.destroy();
  await expect.poll(async () => (await ask("::1")).answer).toBe("HTTP/1.1 200 OK");
  await http.close();
  second.socket.destroy();
});

test("who offers another protocol besides is answered as any other", async () => {
  await using door = await openDoor();
  for (const offer of ["h2c", "TLS/1.0, HTTP/1.1"]) {
    const answer = await door.raw(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: ${offer}\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  }
});

test("whoever is refused an upgrade and keeps its half of the connection takes no place, and keeps nobody from stopping", async () => {
  await using door = await openDoor();
  const http = anotherOn(door, { limits: { connections: 2 } });
  const { address, port } = await http.listen();
  const held = await Promise.all(
    [1, 2].map(async () => {
      const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
      socket.write(`GET /ws/none HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
      const [answer] = (await once(socket, "data")) as [Buffer];
      expect(answer.toString("latin1")).toMatch(/^HTTP\/1.1 404 /);
      await once(socket, "end");
      return socket;
    }),
  );
  await expect.poll(() => fetch(`${address}/healthz`).then(({ status }) => status, () => null), { timeout: 10_000 }).toBe(200);
  await http.close();
  for (const socket of held) socket.destroy();
});

test("a server that closes knows its own address still, by which requests under way are let in", async () => {
  await using door = await openDoor();
  const http = anotherOn(door, {});
  const { address } = await http.listen();
  const closed = http.close();
  expect(http.signInLink()).toContain(`${address}/`);
  await closed;
});
