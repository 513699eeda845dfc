import { expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { queueWords, waitWords } from "./queue.js";

const now = Date.UTC(2026, 10, 21, 12);
const command = (wait: number | null, more: object = {}) => ({ status: "asked", askedAt: now, expectedWaitMs: wait, ...more });

it("tells how much waits, how fast it goes and how long it takes", () => {
  expect(queueWords(Array.from({ length: 120 }, (_, at) => command(2000 * at)), now)).toBe("120 commands in the queue: 30 a minute, about 3m 58s");
  expect(queueWords([command(42_000)], now)).toBe("1 command in the queue: about 42s");
});

it("says nothing of what is answered at once, was sent, or has no estimate", () => {
  expect(queueWords([], now)).toBe("");
  expect(queueWords([command(3000), command(null), command(90_000, { status: "sent" })], now)).toBe("");
});

it("tells of one command how long it waits", () => expect([waitWords(command(61_000), now), waitWords(command(100), now), waitWords(command(null), now)]).toEqual(["waits in the queue, about 1m 1s", "", ""]));
