import { expect, it } from "vitest";
import type { ErrorCode } from "../errors/catalogue.ts";
import { LoomError } from "../errors/loomError.ts";
import { FakeClock } from "../testing/fakeClock.ts";
import { untilStored } from "./untilStored.ts";

const never = new AbortController().signal;

/** A write that fails with these before it is done, and how often it was tried. */
function failing(...codes: ErrorCode[]): { write: () => Promise<string>; tried: () => number } {
  let tried = 0;
  const write = async (): Promise<string> => {
    const code = codes[tried++];
    if (code) throw new LoomError(code, code, code === "STORE_BUSY" ? { retryAfterMs: 250 } : {});
    return "stored";
  };
  return { write, tried: () => tried };
}

it("writes again while another program holds the database, or its disk takes nothing, and when it was told to", async () => {
  const clock = new FakeClock();
  const { write, tried } = failing("STORE_BUSY", "STORE_UNAVAILABLE");
  const stored = untilStored(clock, never, write);
  await clock.advance(249);
  expect(tried()).toBe(1);
  await clock.advance(1);
  expect(tried()).toBe(2);
  await clock.advance(1_000);
  expect(await stored).toBe("stored");
});

it("tells at once of what would be refused the next time as well", async () => {
  const { write, tried } = failing("STORE_CORRUPT");
  await expect(untilStored(new FakeClock(), never, write)).rejects.toMatchObject({ code: "STORE_CORRUPT" });
  expect(tried()).toBe(1);
});

it("gives up when it is told to stop", async () => {
  const stop = new AbortController();
  const clock = new FakeClock();
  const stored = untilStored(clock, stop.signal, failing("STORE_BUSY", "STORE_BUSY").write);
  const refused = expect(stored).rejects.toThrow("Loom stops");
  await clock.advance(1);
  stop.abort(new Error("Loom stops"));
  await refused;
});
