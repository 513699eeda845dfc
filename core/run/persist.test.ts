import { expect, it } from "vitest";
import { LoomError } from "../errors/loomError.ts";
import { FakeClock, quietLog } from "../testing/index.ts";
import { Persist } from "./persist.ts";

const aThousand = <T>(make: () => T): T[] => Array.from({ length: 1_000 }, make);

it("asks a thousand things of the store at a time, in the order in which they came: more are refused there, to everybody", async () => {
  const persist = new Persist(new FakeClock(), quietLog, new AbortController().signal);
  const asked: number[] = [];
  const answers = aThousand(() => Promise.withResolvers<void>());
  const done = Array.from({ length: 2_500 }, (_, n) => persist.write(async () => (asked.push(n), answers[n]?.promise)));
  await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toHaveLength(1_000);
  for (const { resolve } of answers) resolve();
  await Promise.all(done);
  expect(asked).toEqual(Array.from({ length: 2_500 }, (_, n) => n));
});

it("keeps no place for what the store takes later", async () => {
  const persist = new Persist(new FakeClock(), quietLog, new AbortController().signal);
  for (const late of aThousand(() => () => Promise.reject(new LoomError("STORE_BUSY", "held", { retryAfterMs: 1_000 })))) void persist.write(late);
  expect(await persist.write(async () => "taken")).toBe("taken");
});
