import { once } from "node:events";
import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { aRun, aSource, aStrand, healthy, look, T, withStrands } from "../../../test/contract/fixtures.ts";
import { openDoor, TOKEN, type Door, type FeedClient } from "../../../test/support/door.ts";
import { closeCodeOf, stuckReader } from "../../../test/support/stuckReader.ts";
import * as schemas from "../schemas.ts";

const seqs = (client: FeedClient): number[] => client.events().map((message) => message.event.seq);
const upTo = (last: number, from = 1): number[] => Array.from({ length: last - from + 1 }, (_, i) => from + i);

/** Writes `count` events one after the other. */
async function write(door: Door, count: number, data: Record<string, string> = {}): Promise<void> {
  for (let i = 0; i < count; i++) await door.store.events.append({ at: T, type: "plugin.changed", data });
}

describe("the way in", () => {
  test("host, origin and address are checked before the upgrade", async () => {
    await using door = await openDoor();
    expect(await door.feed({ Host: "evil.example" }).end).toBe(403);
    for (const origin of ["http://evil.example", "null", `http://localhost:${door.port}`]) expect([origin, await door.feed({ Origin: origin }).end]).toEqual([origin, 403]);
    expect(await door.feed({ "Sec-Fetch-Site": "cross-site" }).end).toBe(403);
    expect(await door.feed({}, `/ws/loom?token=${TOKEN}`).end).toBe(404);
    expect(await door.feed({}, "/ws/other").end).toBe(404);
    expect((await door.get("/ws/loom")).status).toBe(404);
  });

  test("a token, or both halves of a session, open it, and nothing else does", async () => {
    await using door = await openDoor();
    const { cookie, key } = await door.signIn();
    const own = { Origin: `http://127.0.0.1:${door.port}` };
    for (const client of [await door.feed().hello(), await door.feed({ ...own, Cookie: cookie }).hello({ key })]) {
      expect(await client.until((message) => message.type === "hello")).toEqual({ type: "hello", feed: door.store.feed, last: 0 });
    }
    for (const [headers, hello] of [[{}, { token: "wrong" }], [{}, {}], [{ Cookie: cookie }, {}], [{ Cookie: cookie }, { key: "wrong" }], [{}, { key }], [{ Cookie: cookie }, { key, token: "wrong" }],
      [{ Authorization: "Bearer wrong" }, { token: TOKEN }], [{ Authorization: `Bearer ${TOKEN}` }, { token: TOKEN }], [{ Cookie: cookie, "X-Loom-Key": "wrong" }, { key }]] as const) {
      expect([hello, await (await door.feed(headers).hello(hello)).end]).toEqual([hello, 4401]);
    }
  });

  test("anything malformed is closed, and so is silence", async () => {
    await using door = await openDoor();
    for (const first of ["nonsense", "[]", { type: "hallo" }, { type: "hello", token: TOKEN, after: -1 }, { type: "hello", token: TOKEN, admin: true }]) {
      const client = door.feed();
      await client.send(first);
      expect([first, await client.end]).toEqual([first, 4400]);
    }
    const talker = await door.feed().hello();
    await talker.until((message) => message.type === "hello");
    await talker.send({ type: "pong" });
    await talker.send({ type: "hello", token: TOKEN });
    expect(await talker.end).toBe(4400);
    const silent = door.feed();
    await new Promise((resolve) => silent.socket.once("open", resolve));
    await door.clock.advance(5_000);
    expect(await silent.end).toBe(4400);
  });
});

test("who may not have the feed is told so, however long the name of the credential is", async () => {
  await using door = await openDoor();
  const { secret } = (await door.post("/api/loom/tokens", { name: "ж".repeat(100), scope: ["runs"] })).json;
  expect(await (await door.feed().hello({ token: secret })).end).toBe(4401);
});

test("a token that is revoked while it is looked up opens no feed", async () => {
  await using door = await openDoor();
  const { token, secret } = (await door.post("/api/loom/tokens", { name: "a program" })).json;
  const { tokens } = door.store;
  const look = tokens.get;
  Object.assign(tokens, {
    get: async (id: string) => {
      Object.assign(tokens, { get: look });
      const found = await look(id);
      expect((await door.ask("DELETE", `/api/loom/tokens/${token.id}`)).status).toBe(204);
      return found;
    },
  });
  const feed = await door.feed().hello({ token: secret });
  expect(await feed.end).toBe(4401);
  expect(feed.messages).toEqual([]);
});

describe("the seats", () => {
  test("are not all for one credential, but for the home's own", async () => {
    await using door = await openDoor();
    const { secret } = (await door.post("/api/loom/tokens", { name: "a viewer", role: "viewer" })).json;
    const comesIn = async (token: string): Promise<FeedClient> => {
      const client = await door.feed().hello({ token });
      await Promise.race([client.until((message) => message.type === "hello"), client.end]);
      return client;
    };
    const theirs = await Promise.all(Array.from({ length: 50 }, () => comesIn(secret)));
    const oneMore = await comesIn(secret);
    expect(await oneMore.end).toBe(4429);
    expect(theirs.filter(({ socket }) => socket.readyState === socket.OPEN)).toHaveLength(50);
    const owner = await Promise.all(Array.from({ length: 60 }, () => comesIn(TOKEN)));
    expect(owner.filter(({ socket }) => socket.readyState === socket.OPEN)).toHaveLength(60);
    theirs[0]!.socket.close();
    await theirs[0]!.end;
    await expect.poll(async () => (await comesIn(secret)).socket.readyState, { timeout: 10_000 }).toBe(1);
  });

  test("are not held by who shows nothing: the longest silent gives way", async () => {
    await using door = await openDoor();
    const known = await door.feed().hello();
    await known.until((message) => message.type === "hello");
    const silent = Array.from({ length: 199 }, () => door.feed());
    await Promise.all(silent.map(({ socket }) => new Promise((resolve) => socket.once("open", resolve))));
    const late = await door.feed().hello();
    await late.until((message) => message.type === "hello");
    expect(await silent[0]!.end).toBe(1006);
    await write(door, 1);
    await Promise.all([known, late].map((client) => client.until((message) => message.event?.seq === 1)));
    expect(silent.slice(1).filter(({ socket }) => socket.readyState === socket.OPEN)).toHaveLength(198);
  });
});

describe("what is told", () => {
  test("who reads a list and follows from where it was read misses nothing", async () => {
    await using door = await openDoor();
    await write(door, 3);
    await door.index.settled();
    const { headers } = await door.get("/api/loom/strands");
    expect(headers["loom-as-of"]).toBe(`${door.store.feed}/3`);
    await write(door, 2);
    const [feed, seq] = String(headers["loom-as-of"]).split("/");
    const client = await door.feed().hello({ token: TOKEN, feed, after: Number(seq) });
    await client.until((message) => message.event?.seq === 5);
    expect(seqs(client)).toEqual([4, 5]);
    expect((await door.get("/healthz", { as: "nobody" })).headers["loom-as-of"]).toBeUndefined();
  });

  test("events come with the strand and the source as they are now", async () => {
    await using door = await openDoor();
    const client = await door.feed().hello();
    await client.until((message) => message.type === "hello");
    const source = await withStrands(door.store, "s:1:a");
    const added = await client.until((message) => message.event?.type === "strand.added");
    expect(schemas.event.strict().parse(added.event)).toMatchObject({ strandId: "s:1:a" });
    expect(schemas.strand.strict().parse(added.strand)).toMatchObject({ id: "s:1:a", status: "idle" });
    const told = await client.until((message) => message.source);
    expect(schemas.source.strict().parse(told.source).id).toBe(source.id);

    await door.store.runs.observe({ strandId: "s:1:a", at: T, finished: [aRun("one")] });
    const finished = await client.until((message) => message.event?.type === "run.finished");
    expect(finished.event.data).toMatchObject({ status: "succeeded", startedAt: "2026-01-01T00:00:00.000Z" });
    const rides = client.events().filter((message) => message.strand?.lastRun?.id === finished.event.runId);
    expect(rides).toHaveLength(1);

    const { json } = await door.post("/api/loom/strands/s:1:a/run");
    const asked = await client.until((message) => message.event?.type === "command.asked");
    expect(asked.event.data).toEqual(json.command);

    await door.store.sources.retire(source.id, T);
    expect((await client.until((message) => message.event?.type === "strand.removed")).strand).toBeNull();
    expect((await client.until((message) => message.event?.type === "source.removed")).source).toBeNull();
  });

  test("a replay misses nothing and repeats nothing while others write", async () => {
    await using door = await openDoor();
    await withStrands(door.store, "s:1:a");
    await write(door, 1200);
    const writing = Promise.all(Array.from({ length: 8 }, () => write(door, 150)));
    const clients: FeedClient[] = [];
    for (const after of [0, 1, 600, 1100]) clients.push(await door.feed().hello({ token: TOKEN, feed: door.store.feed, after }));
    await writing;
    const last = await door.store.events.last();
    for (const [i, after] of [0, 1, 600, 1100].entries()) {
      await clients[i]!.until((message) => message.event?.seq === last);
      expect(seqs(clients[i]!)).toEqual(upTo(last, after + 1));
      expect(clients[i]!.messages[0].type).toBe("hello");
    }
    expect(clients[0]!.events().filter((message) => "strand" in message)).toHaveLength(1);
  });

  test("replays of one credential are read one page after the other, whoever else reads beside them", async () => {
    await using door = await openDoor();
    await write(door, 1_200);
    const { after } = door.store.events;
    let underWay = 0;
    let most = 0;
    door.store.events.after = async (seq, limit) => {
      most = Math.max(most, ++underWay);
      return after(seq, limit).finally(() => underWay--);
    };
    const readers = await Promise.all(Array.from({ length: 10 }, () => door.feed().hello({ token: TOKEN, after: 0 })));
    await Promise.all(readers.map((reader) => reader.until((message) => message.event?.seq === 1_200)));
    expect(readers.map(seqs)).toEqual(Array(10).fill(upTo(1_200)));
    expect(most).toBe(1);
  });

  test("a page of a replay ends when it is long, and what a strand is now goes with the last event that concerns it", async () => {
    await using door = await openDoor();
    const source = await withStrands(door.store, "s:1:a", "s:1:b");
    await write(door, 5, { text: "x".repeat(400_000) });
    await door.store.sources.retire(source.id, T);
    const last = await door.store.events.last();
    const { after } = door.store.events;
    const pages: number[] = [];
    door.store.events.after = async (seq, limit) => (pages.push(seq), after(seq, limit));
    const reader = await door.feed().hello({ token: TOKEN, after: 0 });
    await reader.until((message) => message.event?.seq === last);
    expect(seqs(reader)).toEqual(upTo(last));
    expect(pages).toHaveLength(2);
    expect(reader.events().filter((message) => "strand" in message).map(({ event, strand }) => [event.strandId, event.type, strand])).toEqual([["s:1:a", "strand.removed", null], ["s:1:b", "strand.removed", null]]);
  });

  test("who begins now misses nothing that is not in the lists", async () => {
    await using door = await openDoor();
    const writing = write(door, 300);
    const client = await door.feed().hello();
    const { last } = await client.until((message) => message.type === "hello");
    await writing;
    const newest = await door.store.events.last();
    if (last < newest) await client.until((message) => message.event?.seq === newest);
    expect(seqs(client)).toEqual(upTo(newest, last + 1));
  });

  test("a number that is unknown, pruned or another feed's asks for the lists anew", async () => {
    await using door = await openDoor();
    await write(door, 20);
    await door.store.events.prune(5);
    for (const hello of [{ after: 999 }, { after: 3 }, { after: 20, feed: "another" }]) {
      const client = await door.feed().hello({ token: TOKEN, ...hello });
      expect(await client.until((message) => message.type === "resync")).toEqual({ type: "resync", last: 20 });
    }
  });

  test("a source that cannot be read is told", async () => {
    await using door = await openDoor();
    const source = await aSource(door.store);
    await door.store.strands.applyLook(look(source, 0, [{ kind: "added", strand: aStrand("s:1:a") }]));
    await door.index.settled();
    const client = await door.feed().hello();
    await client.until((message) => message.type === "hello");
    await door.store.sources.setHealth(source.id, healthy({ freshness: "stale", message: "no answer" }), T);
    expect((await client.until((message) => message.source)).source).toMatchObject({ freshness: "stale", message: "no answer", strands: 1 });
  });
});

describe("the way out", () => {
  test("a message that is longer than any that is expected ends it", async () => {
    await using door = await openDoor();
    const client = await door.feed().hello();
    await client.until((message) => message.type === "hello");
    await client.send({ watch: "x".repeat(20_000) });
    expect(await client.end).toBe(1009);
  });

  test("a message that comes in pieces ends it: each piece that waits for the others holds the chunk in which it came", async () => {
    await using door = await openDoor();
    const client = door.feed();
    await once(client.socket, "open");
    client.socket.send("{", { fin: false });
    client.socket.send("}", { fin: true });
    expect(await client.end).toBe(1008);
  });

  test("a message that comes byte by byte ends it long before it is whole", async () => {
    await using door = await openDoor();
    const client = door.feed();
    await once(client.socket, "open");
    const { _socket: wire } = client.socket as unknown as { _socket: Socket };
    wire.setNoDelay(true);
    wire.write(Buffer.from([0x81, 0xfe, 0x3f, 0xff, 0, 0, 0, 0]));
    let sent = 0;
    while (client.socket.readyState === client.socket.OPEN && sent < 8_000) await new Promise((resolve) => wire.write("x", () => setImmediate(resolve, sent++)));
    expect(await client.end).toBe(1008);
    expect(sent).toBeLessThan(8_000);
  });

  test("who talks on and on and shows nothing is cut off", async () => {
    await using door = await openDoor();
    for (const talk of ["ping", "pong"] as const) {
      const client = door.feed();
      await once(client.socket, "open");
      for (let n = 0; n < 101; n++) client.socket[talk]();
      expect(await client.end).toBe(1006);
    }
  });

  test("a reader that is too slow is cut off, and the others get everything", async () => {
    await using door = await openDoor();
    const slow = await stuckReader(door);
    const quick = await door.feed().hello();
    await quick.until((message) => message.type === "hello");
    // More than the sockets of both ends can hold.
    await write(door, 300, { text: "x".repeat(100_000) });
    const last = await door.store.events.last();
    await quick.until((message) => message.event?.seq === last);
    expect(seqs(quick)).toEqual(upTo(last));
    expect(await closeCodeOf(slow)).toBe(4413);
    slow.destroy();
  });

  test("pings tell the living from the dead", async () => {
    await using door = await openDoor();
    const client = await door.feed().hello();
    const stuck = await stuckReader(door);
    await client.until((message) => message.type === "hello");
    const ponged = new Promise((resolve) => client.socket.once("ping", resolve));
    await door.clock.advance(20_000);
    await Promise.all([ponged, client.until((message) => message.type === "ping")]);
    // The answer has arrived when the server answers this.
    await new Promise((resolve) => client.socket.ping(undefined, undefined, () => client.socket.once("pong", resolve)));
    const dropped = new Promise((resolve) => stuck.once("close", resolve));
    stuck.resume();
    await door.clock.advance(20_000);
    await dropped;
    expect(client.socket.readyState).toBe(client.socket.OPEN);
  });

  test("a changed token and a sign-out close the feeds that they opened", async () => {
    await using door = await openDoor();
    const { cookie, key } = await door.signIn();
    const session = await door.feed({ Cookie: cookie }).hello({ key });
    const token = await door.feed().hello();
    await Promise.all([session, token].map((client) => client.until((message) => message.type === "hello")));
    await door.ask("DELETE", "/api/loom/session", { as: "nobody", headers: { Cookie: cookie, "X-Loom-Key": key } });
    expect(await session.end).toBe(4401);
    door.services.token = "another";
    await door.clock.advance(20_000);
    expect(await token.end).toBe(4401);
  });

  test("a credential that is over closes the feeds that it opened, at that very time", async () => {
    await using door = await openDoor();
    const expiresAt = new Date(door.clock.now() + 15_000).toISOString();
    const { secret } = (await door.post("/api/loom/tokens", { name: "a viewer", expiresAt })).json;
    const client = await door.feed().hello({ token: secret });
    await client.until((message) => message.type === "hello");
    await door.clock.advance(14_999);
    expect(client.socket.readyState).toBe(client.socket.OPEN);
    await door.clock.advance(1);
    expect(await client.end).toBe(4401);
  });

  test("stopping closes every feed", async () => {
    const door = await openDoor();
    const client = await door.feed().hello();
    await client.until((message) => message.type === "hello");
    await door[Symbol.asyncDispose]();
    expect([1001, 1006]).toContain(await client.end);
  });
});
