import { expect, it } from "vitest";
import { FakeClock } from "../testing/fakeClock.ts";
import { regularly } from "./regularly.ts";

const HOUR = 3_600_000;

/** Work that ends when it is told to. */
function workshop(when: { readonly firstMs?: number } = {}) {
  const clock = new FakeClock();
  const begun: PromiseWithResolvers<void>[] = [];
  const said: string[] = [];
  let stop: AbortSignal | undefined;
  const work = (signal: AbortSignal): Promise<void> => {
    stop = signal;
    begun.push(Promise.withResolvers());
    return begun.at(-1)!.promise;
  };
  const failed = (error: unknown): void => void said.push((error as Error).message);
  return { clock, begun, said, stop: () => stop, regular: regularly({ everyMs: HOUR, ...when, clock, work, failed }) };
}

it("works every so often, and never twice at once", async () => {
  const { clock, begun } = workshop();
  await clock.advance(HOUR - 1);
  expect(begun.length).toBe(0);
  await clock.advance(3 * HOUR);
  expect(begun.length).toBe(1);
  begun[0]!.resolve();
  await clock.advance(HOUR);
  expect(begun.length).toBe(2);
});

it("works sooner for the first time where that is wished", async () => {
  const { clock, begun, regular } = workshop({ firstMs: 1_000 });
  await clock.advance(1_000);
  expect(begun.length).toBe(1);
  begun[0]!.resolve();
  await clock.advance(HOUR - 1_000);
  expect(begun.length).toBe(2);
  regular[Symbol.dispose]();
  expect(clock.pending).toBe(0);
});

it("says that it failed, and goes on", async () => {
  const { clock, begun, said } = workshop();
  await clock.advance(HOUR);
  begun[0]!.reject(new Error("the disk is full"));
  await clock.advance(HOUR);
  expect([said, begun.length]).toEqual([["the disk is full"], 2]);
});

it("ends with its disposal, and says nothing of work that ends for it", async () => {
  const { clock, begun, said, stop, regular } = workshop();
  await clock.advance(HOUR);
  regular[Symbol.dispose]();
  expect(stop()!.aborted).toBe(true);
  begun[0]!.reject(new Error("stopped"));
  await clock.advance(3 * HOUR);
  expect([said, begun.length, clock.pending]).toEqual([[], 1, 0]);
});
