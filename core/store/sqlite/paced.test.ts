import { expect, test } from "vitest";
import { Paced } from "./paced.ts";

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** What is made of each message takes so many milliseconds. */
function stage(costs: number) {
  let now = 0;
  const taken: number[] = [];
  const paced = new Paced<number>((message) => (taken.push(message), (now += costs)), { mono: () => now });
  return { paced, taken };
}

test("messages are handed on at once while that takes little", () => {
  const { paced, taken } = stage(1);
  for (let n = 0; n < 10; n++) paced.push(n);
  expect(taken).toHaveLength(10);
});

test("where it takes long the others come one in a turn, in their order", async () => {
  const { paced, taken } = stage(10);
  for (let n = 0; n < 4; n++) paced.push(n);
  expect(taken).toEqual([0]);
  for (const had of [[0, 1], [0, 1, 2], [0, 1, 2, 3]]) {
    await turn();
    expect(taken).toEqual(had);
  }
});

test("one that brings the next one leaves others their turn", async () => {
  let now = 0;
  let left = 100;
  let turns = 0;
  const count = (): void => void (left > 0 && (turns++, setImmediate(count)));
  const paced: Paced<number> = new Paced((message) => {
    now += 5;
    if (left-- > 1) queueMicrotask(() => paced.push(message));
  }, { mono: () => now });
  count();
  paced.push(0);
  while (left > 0) await turn();
  expect(turns).toBeGreaterThan(30);
});

test("what waits is not lost where no turn is waited for", async () => {
  const { paced, taken } = stage(10);
  for (let n = 0; n < 3; n++) paced.push(n);
  paced.flush();
  expect(taken).toEqual([0, 1, 2]);
  await turn();
  expect(taken).toEqual([0, 1, 2]);
});
