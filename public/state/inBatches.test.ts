import { expect, test } from "vitest";
import { inBatches } from "./inBatches.js";

/** A clock that stands until it is told to go on; `costs`: how long each handing on takes. */
function stage(costs = 0) {
  const taken: number[][] = [];
  let at = 0;
  let timers: { at: number; fn: () => void }[] = [];
  const later = (ms: number, fn: () => void): void => void timers.push({ at: at + ms, fn });
  const batches = inBatches((some: number[]) => (taken.push(some), (at += costs)), { later, now: () => at });
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
