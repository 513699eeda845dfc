import { expect, test } from "vitest";
import { inBatches } from "./inBatches.js";

/** A clock that stands until it is told to go on; `costs`: how long each handing on takes; `bad`: what cannot be taken. */
function stage(costs = 0, bad: number | null = null) {
  const taken: number[][] = [];
  let at = 0;
  let timers: { at: number; fn: () => void }[] = [];
  const later = (ms: number, fn: () => void): void => void timers.push({ at: at + ms, fn });
  const take = (some: number[]): void => {
    taken.push(some);
    at += costs;
    if (bad !== null && some.includes(bad)) throw new Error("It cannot be taken.");
  };
  const batches = inBatches(take, { later, now: () => at });
  const goOn = (ms: number): void => {
    at += ms;
    const due = timers.filter((timer) => timer.at <= at);
    timers = timers.filter((timer) => timer.at > at);
    for (const { fn } of due) fn();
  };
  return { taken, batches, goOn };
}

test("what comes alone is handed on at once", () => {
  const { taken, batches, goOn } = stage();
  batches.push(1);
  goOn(100);
  batches.push(2);
  expect(taken).toEqual([[1], [2]]);
});

test("what comes soon after it is handed on together, in its order", () => {
  const { taken, batches, goOn } = stage();
  for (const one of [1, 2, 3]) batches.push(one);
  expect(taken).toEqual([[1]]);
  goOn(100);
  batches.push(4);
  expect(taken).toEqual([[1], [2, 3]]);
  goOn(100);
  goOn(100);
  expect(taken).toEqual([[1], [2, 3], [4]]);
});

test("where it takes long there is as long a rest", () => {
  const { taken, batches, goOn } = stage(1_000);
  batches.push(1);
  batches.push(2);
  goOn(100);
  expect(taken).toEqual([[1]]);
  goOn(999);
  expect(taken).toEqual([[1]]);
  goOn(1);
  expect(taken).toEqual([[1], [2]]);
});

test("what waits is handed on when it is asked for, and not twice", () => {
  const { taken, batches, goOn } = stage();
  for (const one of [1, 2]) batches.push(one);
  batches.flush();
  batches.flush();
  goOn(100);
  expect(taken).toEqual([[1], [2]]);
});

test("a machine that slept for hours after an event does not rest for hours", () => {
  const { taken, batches, goOn } = stage();
  batches.push(1);
  goOn(8 * 3_600_000);
  batches.push(2);
  goOn(2_000);
  expect(taken).toEqual([[1], [2]]);
});

test("what cannot be taken in keeps nothing out that comes later", () => {
  const { taken, batches, goOn } = stage(0, 1);
  expect(() => batches.push(1)).toThrow("It cannot be taken.");
  batches.push(2);
  goOn(100);
  expect(taken).toEqual([[1], [2]]);
});
