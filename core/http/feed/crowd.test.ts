import { expect, test } from "vitest";
import { T } from "../../../test/contract/fixtures.ts";
import { openDoor, type FeedClient } from "../../../test/support/door.ts";
import { closeCodeOf, stuckReader } from "../../../test/support/stuckReader.ts";

const MEGABYTE = 1024 * 1024;
const READERS = 200;
const STUCK = 50;
/** Those who look at what they read. */
const CAREFUL = 5;

test("of two hundred readers fifty never read: the others get everything, and memory holds each event once", async () => {
  await using door = await openDoor();
  const stuck = await Promise.all(Array.from({ length: STUCK }, () => stuckReader(door)));
  const careless = await Promise.all(Array.from({ length: READERS - STUCK - CAREFUL }, () => stuckReader(door)));
  for (const socket of careless) socket.resume();
  const quick = await Promise.all(Array.from({ length: CAREFUL }, () => door.feed().hello()));
  await Promise.all(quick.map((reader) => reader.until((message) => message.type === "hello")));
  expect(await door.feed().end).toBe(429);

  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  // More than a reader may let wait and the sockets of both ends can hold.
  for (let n = 0; n < 100; n++) {
    const last = n + 1;
    await door.store.events.append({ at: T, type: "plugin.changed", data: { text: "x".repeat(100_000) } });
    await Promise.all(quick.map((reader) => reader.until((message) => message.event?.seq === last)));
    // What has been looked at is not kept here.
    for (const reader of quick) reader.messages.splice(0);
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  console.log(`${Math.round(most / MEGABYTE)} MB waited at most for ${STUCK} readers`);
  // One copy for each of those who do not read would be 200 MB beside what the readers of this process hold, some 80 to 130.
  expect(most).toBeLessThan(200 * MEGABYTE);
  expect(await Promise.all(stuck.map(closeCodeOf))).toEqual(Array(STUCK).fill(4413));
  for (const socket of [...stuck, ...careless]) socket.destroy();
  // There is room again, once the server has seen that they went.
  const comesIn = (client: FeedClient): Promise<boolean> => Promise.race([client.end.then(() => false), new Promise<boolean>((resolve) => client.socket.once("open", () => resolve(true)))]);
  await expect.poll(() => comesIn(door.feed())).toBe(true);
});
