import { EventEmitter, once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { expect, test } from "vitest";
import { openDoor, TOKEN, type Door } from "../../../test/support/door.ts";
import { FakeClock } from "../../testing/fakeClock.ts";
import type { Caller } from "../services.ts";
import { Answers } from "./answers.ts";
import type { Limits } from "./limits.ts";

const MIB = 1024 * 1024;
const ADDRESS = "/plugins/demo/large";

/** A door with an answer of 8 MiB: more than what lies between two programs takes in. */
async function doorWithLargeAnswer(limits: Partial<Limits> = {}, until?: Promise<void>): Promise<{ door: Door; asked: () => number }> {
  let asked = 0;
  const item = { method: "GET" as const, path: "/large", handle: async () => (asked++, await until, { body: "x".repeat(8 * MIB) }) };
  const door = await openDoor({ limits, services: { routes: { list: () => [{ key: "GET /plugins/demo/large", owner: { plugin: "demo" }, item }] } } });
  return { door, asked: () => asked };
}

const head = (door: Door): string => `GET ${ADDRESS} HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;

/** Asks, and takes no answer. */
function askIdly(door: Door): Socket {
  const socket = connect(door.port, "127.0.0.1", () => socket.write(head(door)));
  return socket.pause().on("error", () => {});
}

/** Goes away, and resolves when the door has seen it. */
async function leave(door: Door, idle: readonly Socket[]): Promise<void> {
  const gone = idle.map((socket) => once(socket, "close"));
  for (const socket of idle) socket.destroy();
  await Promise.all(gone);
  expect((await door.get("/healthz")).status).toBe(200);
}

const statusOf = async (door: Door): Promise<number> => (await door.get(ADDRESS)).status;

test("a connection that asks again before it has its answer is ended, and only the first is made", async () => {
  const { door, asked } = await doorWithLargeAnswer();
  await using _door = door;
  expect((await door.raw(head(door).repeat(300))).match(/HTTP\/1.1 /g)?.length ?? 0).toBeLessThanOrEqual(1);
  expect(asked()).toBeLessThanOrEqual(1);
  // One after the other is what everybody does.
  for (let time = 0; time < 3; time++) expect(await statusOf(door)).toBe(200);
});

test("answers that a caller does not take are bounded, and have room again when it has gone", async () => {
  const { door } = await doorWithLargeAnswer({ answersBytes: 20 * MIB });
  await using _door = door;
  const idle = [askIdly(door), askIdly(door)];
  await expect.poll(() => statusOf(door), { timeout: 10_000 }).toBe(429);
  const other = (await door.post("/api/loom/tokens", { name: "another" })).json.secret as string;
  expect((await door.get(ADDRESS, { as: "nobody", headers: { Authorization: `Bearer ${other}` } })).status).toBe(200);
  for (const socket of idle) socket.destroy();
  await expect.poll(() => statusOf(door), { timeout: 10_000 }).toBe(200);
});

test("changes with long answers are not made for who takes none, and are told once they are", async () => {
  let made = 0;
  const pause = async (): Promise<object> => ({ everything: (made++, null), strands: [{ strandId: "a", since: 0, reason: "x".repeat(8 * MIB) }], queue: {} });
  await using door = await openDoor({ limits: { answersBytes: 20 * MIB }, services: { pauses: { pause } as unknown as Door["services"]["pauses"] } });
  const body = "{}";
  const asking = `POST /api/loom/pause HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const idle = Array.from({ length: 3 }, () => connect(door.port, "127.0.0.1", function (this: Socket) { this.write(asking); }).on("error", () => {}));
  // The beginning of each has come, and the rest waits.
  await Promise.all(idle.map((socket) => once(socket, "readable")));
  expect(await door.post("/api/loom/pause", {})).toMatchObject({ status: 429, json: { code: "RATE_LIMITED" } });
  expect(made).toBe(3);
  await leave(door, idle);
  expect((await door.post("/api/loom/pause", {})).status).toBe(202);
});

test("answers whose askers have gone before they are made count for nothing", async () => {
  const gate = Promise.withResolvers<void>();
  const { door, asked } = await doorWithLargeAnswer({ answersBytes: 20 * MIB }, gate.promise);
  await using _door = door;
  const idle = Array.from({ length: 5 }, () => askIdly(door));
  await expect.poll(asked, { timeout: 10_000 }).toBe(5);
  await leave(door, idle);
  gate.resolve();
  expect(await statusOf(door)).toBe(200);
  expect(await statusOf(door)).toBe(200);
});

test("no answer is made for those who went away while they waited for their turn", async () => {
  const gate = Promise.withResolvers<void>();
  const { door, asked } = await doorWithLargeAnswer({ answersBytes: 400 * MIB }, gate.promise);
  await using _door = door;
  const idle = Array.from({ length: 30 }, () => askIdly(door));
  await expect.poll(asked, { timeout: 10_000 }).toBe(16);
  await leave(door, idle);
  gate.resolve();
  expect(await statusOf(door)).toBe(200);
  expect(asked()).toBe(17);
});

test("sixteen answers to a caller are made at a time, whoever else asks", async () => {
  const gate = Promise.withResolvers<void>();
  const { door, asked } = await doorWithLargeAnswer({ answersBytes: 400 * MIB }, gate.promise);
  await using _door = door;
  const secret = (await door.post("/api/loom/tokens", { name: "another" })).json.secret as string;
  const idle = Array.from({ length: 20 }, () => askIdly(door));
  await expect.poll(asked, { timeout: 10_000 }).toBe(16);
  const other = door.get(ADDRESS, { as: "nobody", headers: { Authorization: `Bearer ${secret}` } });
  await expect.poll(asked, { timeout: 10_000 }).toBe(17);
  gate.resolve();
  expect((await other).status).toBe(200);
  await expect.poll(asked, { timeout: 10_000 }).toBe(21);
  for (const socket of idle) socket.destroy();
});

test("who is shut out while they wait for room is answered nothing", async () => {
  const gate = Promise.withResolvers<void>();
  const { door, asked } = await doorWithLargeAnswer({ answersBytes: 400 * MIB }, gate.promise);
  await using _door = door;
  const secret = (await door.post("/api/loom/tokens", { name: "another" })).json.secret as string;
  const [{ id }] = (await door.get("/api/loom/tokens")).json.items;
  const asking = Array.from({ length: 18 }, () => door.get(ADDRESS, { as: "nobody", headers: { Authorization: `Bearer ${secret}` } }));
  await expect.poll(asked, { timeout: 10_000 }).toBe(16);
  expect((await door.ask("DELETE", `/api/loom/tokens/${id}`)).status).toBe(204);
  gate.resolve();
  const statuses = (await Promise.all(asking)).map(({ status }) => status).toSorted();
  expect([statuses.slice(-2), asked()]).toEqual([[401, 401], 16]);
});

test("others have their turn while a long line of answers is made", async () => {
  const answers = new Answers(MIB, new FakeClock());
  const [caller, response] = [{ tokenId: "t", sessionId: null } as Caller, { destroyed: false } as ServerResponse];
  const made = Promise.all(Array.from({ length: 64 }, () => answers.make(caller, "", response, async () => {}, async () => {})));
  let turns = 0;
  for (let over = false; !over; turns++) over = await Promise.race([made.then(() => true), new Promise<false>((resolve) => setImmediate(() => resolve(false)))]);
  // One in each, though sixteen are made at a time.
  expect(turns).toBeGreaterThanOrEqual(64);
});

test("a connection that takes nothing more of its answer is ended", async () => {
  const { door } = await doorWithLargeAnswer({ answersBytes: 10 * MIB, requestMs: 400, headersMs: 400 });
  await using _door = door;
  const idle = askIdly(door);
  await expect.poll(() => statusOf(door), { timeout: 10_000 }).toBe(429);
  await expect.poll(() => statusOf(door), { timeout: 10_000 }).toBe(200);
  idle.destroy();
});

test("a plugin that never answers keeps nobody's places", async () => {
  const { door, asked } = await doorWithLargeAnswer({}, new Promise(() => {}));
  await using _door = door;
  const hanging = Array.from({ length: 16 }, () => door.get(ADDRESS));
  await expect.poll(asked).toBe(16);
  const strands = door.get("/api/loom/strands");
  await door.clock.advance(10_000);
  expect(await Promise.all(hanging.map(async (reply) => (await reply).json.code))).toEqual(Array(16).fill("PLUGIN_TIMEOUT"));
  expect((await strands).status).toBe(200);
});

test("a plugin that answers slowly holds up no answers but its own", async () => {
  const gate = Promise.withResolvers<void>();
  const { door, asked } = await doorWithLargeAnswer({ answersBytes: 400 * MIB }, gate.promise);
  await using _door = door;
  const idle = Array.from({ length: 20 }, () => askIdly(door));
  await expect.poll(asked, { timeout: 10_000 }).toBe(16);
  expect((await door.get("/api/loom/plugins")).status).toBe(200);
  for (const socket of idle) socket.destroy();
  gate.resolve();
});

test("a widget that reads slowly holds up no answers but those of its plugin", async () => {
  const gate = Promise.withResolvers<void>();
  let asked = 0;
  const item = { id: "slow", title: "Slow", read: async () => (asked++, await gate.promise, []) };
  await using door = await openDoor({ services: { widgets: { list: () => [{ key: "demo:slow", owner: { plugin: "demo" }, item }] } } });
  const reads = Array.from({ length: 20 }, () => door.get("/api/loom/plugins/demo/widgets/slow"));
  await expect.poll(() => asked, { timeout: 10_000 }).toBe(16);
  expect((await door.get("/api/loom/plugins")).status).toBe(200);
  gate.resolve();
  expect((await Promise.all(reads)).every(({ status }) => status === 200)).toBe(true);
});

test("of those that may be long one at a time is made, a caller's next one after the others', and a rest follows what took long", async () => {
  const clock = new FakeClock();
  const answers = new Answers(MIB, clock);
  const response = new EventEmitter() as ServerResponse;
  const begun: string[] = [];
  const made: string[] = [];
  const rechecked: string[] = [];
  const ask = (name: string, tookMs: number): void => {
    const make = async (): Promise<void> => {
      begun.push(name);
      await clock.sleep(tookMs);
      made.push(name);
    };
    const recheck = async (): Promise<void> => {
      rechecked.push(name);
      if (name === "c1") throw new Error("shut out meanwhile");
    };
    answers.makeLong({ tokenId: name[0]! } as Caller, response, recheck, make).catch(() => {});
  };
  for (const name of ["a1", "a2", "a3", "b1", "c1"]) ask(name, name === "b1" ? 10 : 400);
  await clock.advance(400);
  expect([begun, made]).toEqual([["a1"], ["a1"]]);
  await clock.advance(399);
  expect(begun).toEqual(["a1"]);
  await clock.advance(1);
  expect(begun).toEqual(["a1", "b1"]);
  // What took hardly any time is followed at once.
  await clock.advance(10);
  expect(begun).toEqual(["a1", "b1", "a2"]);
  await clock.advance(400);
  expect(made).toEqual(["a1", "b1", "a2"]);
  // Who waited is looked up anew: they may have been shut out.
  expect(rechecked).toEqual(["b1", "c1", "a2"]);
  response.destroyed = true;
  await clock.advance(10_000);
  expect(made).toEqual(["a1", "b1", "a2"]);
});
