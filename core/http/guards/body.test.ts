import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { expect, it } from "vitest";
import { openDoor } from "../../../test/support/door.ts";
import { usedHeap } from "../../../test/support/heap.ts";
import type { LoomError } from "../../errors/loomError.ts";
import { Bodies } from "./body.ts";
import { MAX_BODY_BYTES } from "./limits.ts";

const KIB = 1024;
const standing = (): number => 0;

/** A request whose body comes in these pieces. */
function sending(pieces: Iterable<Buffer> | AsyncIterable<Buffer>): IncomingMessage {
  return Object.assign(Readable.from(pieces), { headers: { "transfer-encoding": "chunked" } }) as unknown as IncomingMessage;
}

it.each([1, 4 * KIB, 4 * KIB + 1, 100_000, MAX_BODY_BYTES])("gives the bytes of a body of %i as they were sent, in whatever pieces", async (size) => {
  const bytes = Buffer.from(Array.from({ length: size }, (_, n) => n % 251));
  const pieces = [bytes.subarray(0, 1), bytes.subarray(1, 5_000), bytes.subarray(5_000)];
  expect((await new Bodies(4 * MAX_BODY_BYTES, standing).room("").raw(sending(pieces))).equals(bytes)).toBe(true);
});

it("refuses what is longer than it says nowhere", async () => {
  await expect(new Bodies(Infinity, standing).room("").raw(sending([Buffer.alloc(MAX_BODY_BYTES), Buffer.alloc(1)]))).rejects.toMatchObject({ code: "TOO_LARGE" });
});

it("holds no more of a body that comes byte by byte than its bytes", async () => {
  const before = usedHeap();
  let during = 0;
  const byteByByte = async function* (): AsyncGenerator<Buffer> {
    for (let n = 0; n < 200_000; n++) {
      // As a socket does, which is read anew in each turn.
      if (n % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve));
      yield Buffer.from("x");
    }
    during = usedHeap();
  };
  expect(await new Bodies(4 * MAX_BODY_BYTES, standing).room("").raw(sending(byteByByte()))).toHaveLength(200_000);
  expect(during - before).toBeLessThan(10_000 * KIB);
});

it("holds so much of all bodies together and no more, and has room again when one has been handled or has broken off", async () => {
  const bodies = new Bodies(64 * KIB, standing);
  const goOn = Promise.withResolvers<void>();
  const began = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow = async function* (n: number): AsyncGenerator<Buffer> {
    yield Buffer.alloc(16 * KIB);
    // A stream reads ahead by one: whoever asks for the third has taken the first.
    for (let ahead = 0; ahead < 2; ahead++) yield Buffer.alloc(1);
    began[n]!.resolve();
    await goOn.promise;
    if (n === 1) throw new Error("broken off");
  };
  const rooms = [bodies.room("a"), bodies.room("b")] as const;
  const [first, second] = [rooms[0].raw(sending(slow(0))), rooms[1].raw(sending(slow(1)))];
  second.catch(() => {});
  await Promise.all(began.map(({ promise }) => promise));
  const refused = (): Promise<void> => expect(bodies.room("c").raw(sending([Buffer.alloc(1)]))).rejects.toMatchObject({ code: "RATE_LIMITED" });
  await refused();
  goOn.resolve();
  expect(await first).toHaveLength(16 * KIB + 2);
  await expect(second).rejects.toMatchObject({ code: "BAD_INPUT" });
  await refused();
  for (const room of rooms) room[Symbol.dispose]();
  expect(await bodies.room("c").raw(sending([Buffer.alloc(16 * KIB)]))).toHaveLength(16 * KIB);
});

it("holds half of the room for one caller at most, and lets what comes slowly give way to others", async () => {
  let now = 0;
  const bodies = new Bodies(64 * KIB, () => now);
  const send = async (whose: string, request: IncomingMessage): Promise<string> => {
    using room = bodies.room(whose);
    return await room.raw(request).then(() => "whole", (error: LoomError) => error.code);
  };
  const quick = (whose: string): Promise<string> => send(whose, sending([Buffer.alloc(100)]));
  const slow = [new Readable({ read: () => {} }), new Readable({ read: () => {} })] as const;
  const [first, second] = slow.map((stream, n) => send(`hog ${n}`, Object.assign(stream, { headers: { "transfer-encoding": "chunked" } }) as unknown as IncomingMessage));
  const send16 = async (stream: Readable): Promise<void> => {
    stream.push(Buffer.alloc(16 * KIB));
    for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setImmediate(resolve));
  };
  await send16(slow[0]);
  expect([await quick("hog 0"), await quick("owner")]).toEqual(["RATE_LIMITED", "whole"]);
  await send16(slow[1]);
  now = 999;
  expect(await quick("owner")).toBe("RATE_LIMITED");
  now = 1_000;
  expect(await quick("owner")).toBe("whole");
  expect([await first, slow[0].destroyed, slow[1].destroyed]).toEqual(["BAD_INPUT", true, false]);
  slow[1].push(null);
  expect(await second).toBe("whole");
});

it.each([
  ["its caller's share", [], [8, 9]],
  ["all", [16, 9], [6, 7]],
] as const)("refuses a slow body more room than there is of %s, and lets it not give way to itself: its sender is answered", async (_, others, pieces) => {
  let now = 0;
  const bodies = new Bodies(64 * KIB, () => now);
  for (const [n, size] of others.entries()) await bodies.room(`other ${n}`).raw(sending([Buffer.alloc(size * KIB)]));
  const stream = new Readable({ read: () => {} });
  const asked = bodies.room("a").raw(Object.assign(stream, { headers: { "transfer-encoding": "chunked" } }) as unknown as IncomingMessage);
  const answered = asked.then(() => "whole", (error: LoomError) => error.code);
  for (const size of pieces) {
    stream.push(Buffer.alloc(size * KIB));
    for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setImmediate(resolve));
    now = 1_000;
  }
  expect([await answered, stream.destroyed]).toEqual(["RATE_LIMITED", false]);
});

it("hands out four large bodies of a caller at a time, and the next once one has been handled; small ones and others' pass", async () => {
  const bodies = new Bodies(Infinity, standing);
  const handedOut: number[] = [];
  const rooms = Array.from({ length: 6 }, () => bodies.room("a"));
  const all = rooms.map(async (room, n) => (await room.raw(sending([Buffer.alloc(16 * KIB + 1)])), handedOut.push(n)));
  await Promise.all(all.slice(0, 4));
  await bodies.room("a").raw(sending([Buffer.alloc(16 * KIB)]));
  await bodies.room("b").raw(sending([Buffer.alloc(16 * KIB + 1)]));
  expect(handedOut).toEqual([0, 1, 2, 3]);
  rooms[2]![Symbol.dispose]();
  await all[4];
  expect(handedOut).toEqual([0, 1, 2, 3, 4]);
});

it("hands out one large body in a turn of the event loop, whosever they are: each takes its time", async () => {
  const bodies = new Bodies(4 * MAX_BODY_BYTES, standing);
  let turn = 0;
  let isOver = false;
  const next = (): void => void (isOver || setImmediate(() => (turn++, next())));
  next();
  const turns = await Promise.all(["a", "a", "b", "c"].map((whose) => bodies.room(whose).raw(sending([Buffer.alloc(100 * KIB)])).then(() => turn)));
  isOver = true;
  expect(new Set(turns).size).toBe(4);
});

it("always has room for a body that says that it is short, however many long ones come", async () => {
  await using door = await openDoor({ limits: { unknownBodiesBytes: 0 } });
  const post = (length: number, headers: string): Promise<string> => door.raw(`POST /hooks/nothing HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\nConnection: close\r\n${headers}\r\n\r\n${"x".repeat(length)}`);
  expect(await post(16 * KIB, `Content-Length: ${16 * KIB}`)).toContain("404");
  expect(await post(16 * KIB + 1, `Content-Length: ${16 * KIB + 1}`)).toContain("429");
});

it("keeps no connection of which the rest of a refused body, or an end, is not read", async () => {
  await using door = await openDoor({ limits: { unknownBodiesBytes: 64 * KIB } });
  const socket = connect(door.port, "127.0.0.1");
  socket.write(`POST /hooks/nothing HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\nContent-Length: 1000000\r\n\r\n`);
  socket.write(Buffer.alloc(300 * KIB));
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(String(answer)).toContain("429");
  socket.end();
  await once(socket, "close");
});
