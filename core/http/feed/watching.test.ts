import { expect, test } from "vitest";
import { openDoor, TOKEN, type Door, type FeedClient } from "../../../test/support/door.ts";
import { closeCodeOf, stuckReader } from "../../../test/support/stuckReader.ts";
import type { StepNews } from "../../run/contract.ts";

/** A door, and what tells it of steps. */
async function withNews(): Promise<{ door: Door; tell: (news: StepNews) => void; listeners: Set<(news: StepNews) => void> }> {
  const listeners = new Set<(news: StepNews) => void>();
  const onNews = (listener: (news: StepNews) => void): (() => void) => (listeners.add(listener), () => void listeners.delete(listener));
  const door = await openDoor();
  Object.assign(door.services, { runs: { ...door.services.runs, onNews } });
  return { door, tell: (news) => listeners.forEach((listener) => listener(news)), listeners };
}

const output = (runId: string, text: string, bytes = text.length): StepNews => ({ is: "output", runId, step: "fetch", text, bytes });
const newsOf = (client: FeedClient): StepNews[] => client.messages.filter(({ type }) => type === "news").map(({ news }) => news);

/** Resolves when the server has heard all that the client said. */
async function heard(client: FeedClient): Promise<void> {
  await new Promise((resolve) => client.socket.ping(undefined, undefined, () => client.socket.once("pong", resolve)));
}

async function watcher(door: Door, runId: string | null): Promise<FeedClient> {
  const client = await door.feed().hello();
  await client.send({ watch: runId });
  await client.until(({ type }) => type === "hello");
  await heard(client);
  return client;
}

test("who watches a run hears what happens in its steps, and in those of no other", async () => {
  const { door, tell, listeners } = await withNews();
  await using _ = door;
  const [one, two, none] = [await watcher(door, "r1"), await watcher(door, "r2"), await watcher(door, null)];
  expect(listeners.size).toBe(1);
  const progress: StepNews = { is: "progress", runId: "r2", step: "post", fraction: 0.5 };
  tell(output("r1", "hello"));
  tell(progress);
  await one.until(({ type }) => type === "news");
  await two.until(({ type }) => type === "news");
  await two.send({ watch: "r1" });
  await heard(two);
  tell(output("r1", "again", 10));
  tell(output("r2", "nobody hears this"));
  await two.until(({ news }) => news?.bytes === 10);
  await heard(one);
  expect([newsOf(one), newsOf(two), newsOf(none)]).toEqual([[output("r1", "hello"), output("r1", "again", 10)], [progress, output("r1", "again", 10)], []]);
});

test("is told from when on, so that what was printed before can be read", async () => {
  const { door, tell } = await withNews();
  await using _ = door;
  const client = await watcher(door, "r1");
  tell(output("r1", "later"));
  await client.until(({ type }) => type === "news");
  await client.send({ watch: null });
  await heard(client);
  expect(client.messages.map(({ type }) => type)).toEqual(["hello", "watching", "news"]);
  expect(client.messages[1]).toEqual({ type: "watching", runId: "r1" });
});

test("nothing is heard of runs while nobody watches any", async () => {
  const { door, listeners } = await withNews();
  await using _ = door;
  const client = await watcher(door, "r1");
  await client.send({ watch: null });
  await heard(client);
  expect(listeners.size).toBe(0);
  const another = await watcher(door, "r1");
  expect(listeners.size).toBe(1);
  another.socket.close();
  await another.end;
  await heard(client);
  expect(listeners.size).toBe(0);
});

test("nobody watches without a credential, nor by anything else than a run's id", async () => {
  const { door, tell } = await withNews();
  await using _ = door;
  const guest = await door.feed().hello({ token: "wrong" });
  await guest.send({ watch: "r1" });
  tell(output("r1", "secret"));
  expect(await guest.end).toBe(4401);
  expect(newsOf(guest)).toEqual([]);
  for (const message of [{ watch: 1 }, { watch: "r1", all: true }, { watch: "x".repeat(201) }, { watch: undefined }]) {
    const client = await door.feed().hello({ token: TOKEN });
    await client.until(({ type }) => type === "hello");
    await client.send(message);
    expect([message, await client.end]).toEqual([message, 4400]);
  }
});

test("a reader that is slow is left some of it out, is told so once it has read the rest, and then hears more", async () => {
  const { door, tell } = await withNews();
  await using _ = door;
  const slow = await watcher(door, "r1");
  const quick = await watcher(door, "r1");
  slow.socket.pause();
  const text = "x".repeat(64 * 1024);
  for (let i = 1; i <= 400; i++) {
    tell(output("r1", text, i * text.length));
    await quick.until(({ news }) => news?.bytes === i * text.length);
  }
  slow.socket.resume();
  expect(await slow.until(({ type }) => type === "behind")).toEqual({ type: "behind", runId: "r1" });
  expect(newsOf(slow).length).toBeLessThan(300);
  expect(newsOf(quick)).toHaveLength(400);
  tell(output("r1", "more", 1));
  await slow.until(({ news }) => news?.text === "more");
});

test("who asks on and on and reads no answer is cut off before much waits", async () => {
  const { door } = await withNews();
  await using _ = door;
  const socket = await stuckReader(door);
  const ask = Buffer.from(JSON.stringify({ watch: "x".repeat(190) }));
  const frame = Buffer.concat([Buffer.from([0x81, 0xfe, 0, ask.length, 0, 0, 0, 0]), ask]);
  const many = Buffer.concat(Array<Buffer>(5_000).fill(frame));
  // Some 40 MB of answers, where 4 MiB may wait.
  for (let n = 0; n < 40; n++) await new Promise((resolve) => socket.write(many, resolve));
  expect(await closeCodeOf(socket)).toBe(4413);
  socket.destroy();
});

test("a flood of messages leaves others their turn after each", async () => {
  await using door = await openDoor();
  const reader = await door.feed().hello();
  await reader.until((message) => message.type === "hello");
  let turns = 0;
  let over = false;
  const turn = (): void => void setImmediate(() => (turns++, over || turn()));
  for (let n = 0; n < 5_000; n++) reader.socket.send('{"type":"pong"}');
  reader.socket.send('{"watch":"r1"}');
  turn();
  await reader.until((message) => message.type === "watching");
  over = true;
  expect(turns).toBeGreaterThan(2_500);
});
