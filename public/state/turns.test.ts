import { expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { rereading } from "./turns.js";

it("reads once more, not many times, for whatever happens while it reads", async () => {
  const ends: (() => void)[] = [];
  const again: () => Promise<void> = rereading(() => new Promise<void>((resolve) => ends.push(resolve)));
  const first = again();
  const later = [again(), again(), again()];
  expect(ends).toHaveLength(1);
  ends[0]!();
  await first;
  await Promise.resolve();
  expect(ends).toHaveLength(2);
  ends[1]!();
  await Promise.all(later);
  const last = again();
  expect(ends).toHaveLength(3);
  ends[2]!();
  await last;
});

it("may fail, and reads again when asked", async () => {
  let count = 0;
  const again: () => Promise<void> = rereading(async () => {
    count++;
    throw new Error("no");
  });
  await again();
  await again();
  expect(count).toBe(2);
});
