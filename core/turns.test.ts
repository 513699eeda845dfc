import { expect, it } from "vitest";
import { Turns } from "./turns.ts";

it("gives others their turn after ten milliseconds, and not before", async () => {
  let now = 0;
  let others = 0;
  const turns = new Turns(() => now);
  setImmediate(() => others++);
  for (let piece = 0; piece < 1_000; piece++) await turns.pass();
  expect(others).toBe(0);
  now = 10;
  await turns.pass();
  expect(others).toBe(1);
  setImmediate(() => others++);
  now = 19;
  await turns.pass();
  expect(others).toBe(1);
});
