import { expect, it } from "vitest";
import { LoomError } from "../errors/loomError.ts";
import { PartStarts } from "./partStarts.ts";
import { FakeClock } from "../testing/fakeClock.ts";
import { quietLog } from "../testing/quietLog.ts";

/** A part that fails with these errors, one after the other, and starts then. */
function failing(...errors: unknown[]): { readonly start: () => Promise<void>; readonly begun: number[] } {
  const begun: number[] = [];
  return { begun, start: async () => (errors.length > 0 ? Promise.reject(errors.shift()) : void begun.push(begun.length)) };
}

const busy = new LoomError("STORE_BUSY", "Another program holds the database.");

it("starts the parts that can, and again those that were kept by what passes", async () => {
  const clock = new FakeClock();
  const parts = new PartStarts(clock, quietLog, new AbortController().signal);
  const [late, other] = [failing(busy, busy), failing()];
  await parts.begin("late", late.start);
  await parts.begin("other", other.start);
  expect([late.begun, other.begun]).toEqual([[], [0]]);
  const whole = parts.all();
  await clock.advance(30_000);
  expect(late.begun).toEqual([]);
  await clock.advance(30_000);
  expect([await whole, late.begun, other.begun]).toEqual([true, [0], [0]]);
});

it("is not whole where a part cannot start for good, or Loom stops before it has", async () => {
  const clock = new FakeClock();
  const damaged = new PartStarts(clock, quietLog, new AbortController().signal);
  await damaged.begin("late", failing(busy, new SyntaxError("no JSON")).start);
  const whole = damaged.all();
  await clock.advance(30_000);
  expect(await whole).toBe(false);
  const stop = new AbortController();
  const stopped = new PartStarts(clock, quietLog, stop.signal);
  await stopped.begin("late", failing(busy).start);
  const waiting = stopped.all();
  stop.abort();
  expect([await waiting, clock.pending]).toEqual([false, 0]);
});
