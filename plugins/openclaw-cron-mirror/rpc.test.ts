import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { FakeClock } from "loom-gateway/testing";
import { SourceProblem } from "loom-gateway";
import { afterEach, describe, expect, test, vi } from "vitest";
import { WebSocketServer, type WebSocket } from "ws";
import { Refusal, TooLarge } from "./problems.ts";
import { openGateway, type GatewayOptions } from "./rpc.ts";

const token = "a-very-secret-token";
const clock = new FakeClock();
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const hello = { type: "hello-ok", protocol: 4, server: { version: "2026.9.6" }, auth: { scopes: ["operator.read"] } };
type Request = { id: string; method: string; params: unknown };

/** A peer that greets as a gateway does and then does what a real one does only on its worst days. */
async function peer(misbehave: (request: Request, socket: WebSocket) => void): Promise<{ url: string; received: string[] }> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", maxPayload: 1024 });
  closing.push(() => new Promise((resolve) => (server.clients.forEach((client) => client.terminate()), server.close(resolve))));
  const received: string[] = [];
  server.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.on("message", (data) => {
      received.push(String(data));
      misbehave(JSON.parse(String(data)) as Request, socket);
    });
    socket.send(JSON.stringify({ type: "event", event: "connect.challenge", payload: { nonce: "n" } }));
  });
  await once(server, "listening");
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}
const answer = (socket: WebSocket, { id }: Request, payload: unknown): void => socket.send(JSON.stringify({ type: "res", id, ok: true, payload }));
const refuse = (socket: WebSocket, { id }: Request, error: unknown): void => socket.send(JSON.stringify({ type: "res", id, ok: false, error }));
const greeting = (then: (request: Request, socket: WebSocket) => void) =>
  peer((request, socket) => (request.method === "connect" ? answer(socket, request, hello) : then(request, socket)));

async function listen(server: Server): Promise<string> {
  closing.push(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const open = (url: string, more: Partial<GatewayOptions> = {}) =>
  openGateway({ url, credentials: { token }, scopes: ["operator.read"], clock, signal: new AbortController().signal, ...more });

describe("connecting", () => {
  test("asks for no more than it needs and tells what was granted", async () => {
    const { url, received } = await greeting(() => {});
    expect(await open(url)).toMatchObject({ version: "2026.9.6", protocol: 4, scopes: ["operator.read"] });
    expect(JSON.parse(received[0]!)).toMatchObject({ method: "connect", params: { scopes: ["operator.read"], client: { id: "gateway-client", displayName: "Loom" }, auth: { token } } });
  });

  test("to a peer that is not proven ends before the token is sent", async () => {
    const { url, received } = await greeting(() => {});
    const prove = () => Promise.reject(new SourceProblem("needs_configuration", "whose is that?"));
    await expect(open(url, { prove })).rejects.toThrow("whose is that?");
    expect(received).toEqual([]);
  });

  test("to a server that accepts and never answers is given up after ten seconds", async () => {
    const accepted = Promise.withResolvers<void>();
    const url = await listen(createServer(() => accepted.resolve()));
    const opening = open(url);
    await accepted.promise;
    await Promise.all([expect(opening).rejects.toMatchObject({ trouble: "unreachable", message: expect.stringContaining("10 s") as string }), clock.advance(10_000)]);
  });

  test("to a port where nothing listens says so", async () => {
    await expect(open("ws://127.0.0.1:9")).rejects.toMatchObject({ trouble: "unreachable", message: expect.stringContaining("nothing listens") as string });
  });

  test("to a web server asks for the right address", async () => {
    const url = await listen(createHttpServer((_request, response) => response.writeHead(404).end()));
    await expect(open(url)).rejects.toMatchObject({ trouble: "needs_configuration", message: expect.stringContaining("not an OpenClaw gateway") as string });
  });

  test("to something that does not speak JSON is incompatible", async () => {
    const { url } = await peer((_request, socket) => socket.send("hello there"));
    await expect(open(url)).rejects.toMatchObject({ trouble: "incompatible" });
  });

  test("to something that begins with a long frame is incompatible, and that is not even read", async () => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    closing.push(() => new Promise((resolve) => (server.clients.forEach((client) => client.terminate()), server.close(resolve))));
    server.on("connection", (socket) => socket.send(JSON.stringify({ type: "event", event: "connect.challenge", payload: "x".repeat(70_000) })));
    await once(server, "listening");
    await expect(open(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)).rejects.toMatchObject({ trouble: "incompatible", message: expect.stringContaining("does not greet") as string });
  });

  test("takes in no events of who has not let Loom in, nor of who is not proven", async () => {
    const event = (of: string, more = "") => JSON.stringify({ type: "event", event: "cron", payload: { of, more } });
    const { url } = await peer((request, socket) => {
      for (const more of ["", "x".repeat(300_000)]) socket.send(event("a stranger", more));
      answer(socket, request, hello);
      socket.send(event("the gateway"));
    });
    const told = Promise.withResolvers<unknown>();
    await open(url, { onEvent: (_event, payload) => told.resolve(payload) });
    expect(await told.promise).toMatchObject({ of: "the gateway" });
  });

  test("stops when it is told to", async () => {
    const url = await listen(createServer());
    const stop = new AbortController();
    const opening = open(url, { signal: stop.signal });
    stop.abort();
    await expect(opening).rejects.toMatchObject({ trouble: "unreachable" });
  });

  test.each([
    [{ code: "INVALID_REQUEST", message: "unauthorized", details: { code: "AUTH_TOKEN_MISMATCH" } }, "needs_configuration"],
    [{ code: "NOT_PAIRED", message: "device identity required" }, "needs_configuration"],
    [{ code: "INVALID_REQUEST", message: "no", details: { code: "PROTOCOL_MISMATCH" } }, "incompatible"],
    [{ code: "UNAVAILABLE", message: "unavailable during gateway restart" }, "unreachable"],
    [{ code: "SOMETHING", message: "else" }, "refused"],
  ])("refused with %j is told as %s", async (error, trouble) => {
    const { url } = await peer((request, socket) => refuse(socket, request, error));
    await expect(open(url)).rejects.toMatchObject({ trouble });
  });

  test("never shows the token, whatever the peer says of it", async () => {
    const { url } = await peer((request, socket) => refuse(socket, request, { code: "X", message: `bad token ${token}` }));
    await expect(open(url)).rejects.toMatchObject({ message: expect.not.stringContaining(token) as string });
    const { url: closed } = await peer((_request, socket) => socket.close(1008, `bad ${token}`));
    await expect(open(closed)).rejects.toMatchObject({ message: expect.not.stringContaining(token) as string });
  });
});

describe("an open connection", () => {
  test("gives a refusal in the gateway's words, with the time to wait", async () => {
    const { url } = await greeting((request, socket) => refuse(socket, request, { code: "UNAVAILABLE", message: "rate limit exceeded", retryAfterMs: 59_714 }));
    const gateway = await open(url);
    const refused = await gateway.call("cron.update").catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Refusal);
    expect(refused).toMatchObject({ message: "rate limit exceeded", retryAfterMs: 59_714 });
  });

  test("gives a call up after thirty seconds and goes on", async () => {
    const asked = Promise.withResolvers<void>();
    const { url } = await greeting((request, socket) => (request.method === "slow" ? asked.resolve() : answer(socket, request, { fine: true })));
    const gateway = await open(url);
    const slow = gateway.call("slow");
    await asked.promise;
    await Promise.all([expect(slow).rejects.toMatchObject({ trouble: "unreachable" }), clock.advance(30_000)]);
    expect(await gateway.call("quick")).toEqual({ fine: true });
  });

  test("that is silent for a minute is over", async () => {
    const { url } = await greeting(() => {});
    const onClose = vi.fn<(problem: SourceProblem) => void>();
    await open(url, { onClose });
    await clock.advance(59_000);
    expect(onClose).not.toHaveBeenCalled();
    await clock.advance(11_000);
    expect(onClose.mock.calls[0]![0]).toMatchObject({ trouble: "unreachable", message: expect.stringContaining("silent") as string });
  });

  test("that breaks fails every call that waits, once", async () => {
    const { url } = await greeting((_request, socket) => socket.close(1012, "service restart"));
    const onClose = vi.fn<(problem: SourceProblem) => void>();
    const gateway = await open(url, { onClose });
    const calls = await Promise.allSettled([gateway.call("a"), gateway.call("b")]);
    expect(calls.map((call) => (call as PromiseRejectedResult).reason.message)).toEqual(Array(2).fill(expect.stringContaining("restarting")));
    expect(onClose).toHaveBeenCalledOnce();
    await expect(gateway.call("c")).rejects.toThrow("restarting");
  });

  test("passes small events on, and of large ones only that they were", async () => {
    const { url } = await greeting((_request, socket) => {
      socket.send(JSON.stringify({ type: "event", event: "cron", payload: { jobId: "a" } }));
      socket.send(JSON.stringify({ type: "event", event: "cron", payload: { summary: "x".repeat(300_000) } }));
      socket.send(JSON.stringify({ payload: { summary: "x".repeat(300_000) }, type: "event", event: "cron" }));
      socket.close(1000);
    });
    const onEvent = vi.fn<NonNullable<GatewayOptions["onEvent"]>>();
    const gateway = await open(url, { onEvent });
    await gateway.call("go").catch(() => {});
    expect(onEvent.mock.calls).toEqual([["cron", { jobId: "a" }], ["cron", undefined], ["cron", undefined]]);
  });

  test("ends over long messages that answer nothing, and passes over late answers", async () => {
    const long = "x".repeat(300_000);
    const { url } = await greeting((request, socket) => {
      for (let n = 0; n < 20; n++) socket.send(JSON.stringify(request.method === "late" ? { type: "res", id: "999", ok: true, payload: { long } } : { payload: { long }, id: "999", type: "res" }));
      answer(socket, request, { long });
    });
    const gateway = await open(url);
    expect(await gateway.call("late")).toEqual({ long });
    await expect(gateway.call("stray")).rejects.toMatchObject({ trouble: "incompatible", message: expect.stringContaining("answer nothing") as string });
  });

  test("takes no frame of very many names, which would take seconds to parse", async () => {
    const names = Array.from({ length: 300_000 }, (_, n) => `"${n.toString(36)}x":1`).join();
    const { url } = await greeting(({ id }, socket) => socket.send(`{"type":"res","id":"${id}","ok":true,"payload":{${names}}}`));
    const gateway = await open(url);
    await expect(gateway.call("wide")).rejects.toMatchObject({ trouble: "incompatible", message: expect.stringContaining("more at once") as string });
  });

  test("leaves others their turn after each message of a flood", async () => {
    const { url } = await greeting((request, socket) => {
      for (let n = 0; n < 2_000; n++) socket.send('{"type":"event","event":"tick"}');
      answer(socket, request, {});
    });
    const gateway = await open(url);
    let turns = 0;
    let over = false;
    const turn = (): void => void setImmediate(() => (turns++, over || turn()));
    const answered = gateway.call("flood");
    turn();
    await answered;
    over = true;
    expect(turns).toBeGreaterThan(1_000);
  });

  test("takes no message in very many pieces, each of which holds the chunk in which it came", async () => {
    const { url } = await greeting((_request, socket) => {
      for (let n = 0; n < 65; n++) socket.send(" ", { fin: false });
    });
    const gateway = await open(url);
    expect(await gateway.call("torn").catch((error: unknown) => error)).toBeInstanceOf(TooLarge);
  });

  test("takes no message in very many chunks", async () => {
    const { url } = await greeting(async (_request, socket) => {
      const { _socket: wire } = socket as unknown as { _socket: Socket };
      wire.setNoDelay(true);
      wire.write(Buffer.from([0x81, 0x7f, 0, 0, 0, 0, 1, 0, 0, 0]));
      while (!wire.destroyed && wire.writable) await new Promise((resolve) => wire.write("x", () => setImmediate(resolve)));
    });
    const gateway = await open(url);
    expect(await gateway.call("slow").catch((error: unknown) => error)).toBeInstanceOf(TooLarge);
  });

  test("rests after what took long to take in, three times as long", async () => {
    const fake = new FakeClock();
    let [spentMs, costMs] = [0, 0];
    const slow = { now: () => fake.now(), mono: () => (spentMs += costMs), timer: fake.timer.bind(fake), interval: fake.interval.bind(fake), sleep: fake.sleep.bind(fake) };
    const { url, received } = await greeting((request, socket) => answer(socket, request, {}));
    const gateway = await open(url, { clock: slow });
    // The time is looked at before a message, with it and after it.
    costMs = 30;
    await gateway.call("a");
    let isTaken = false;
    const second = gateway.call("b").then(() => (isTaken = true));
    while (received.length < 3) await fake.advance(0);
    for (let turn = 0; turn < 100; turn++) await fake.advance(0);
    await fake.advance(179);
    expect(isTaken).toBe(false);
    await fake.advance(1);
    await second;
  });

  test("takes no frame above 32 MiB", async () => {
    const { url } = await greeting((request, socket) => answer(socket, request, "x".repeat(33 * 1024 * 1024)));
    const gateway = await open(url);
    expect(await gateway.call("huge").catch((error: unknown) => error)).toBeInstanceOf(TooLarge);
  });
});
