import { expect, it } from "vitest";
import { untilNone } from "./untilNone.ts";

it("forgets until there is nothing left to forget, or it is told to stop", async () => {
  const few = [250, 250, 7, 0, 99];
  const stop = new AbortController();
  expect(await untilNone(stop.signal, async () => few.shift()!)).toBe(507);
  const endless = untilNone(stop.signal, async () => 1);
  stop.abort(new Error("Loom stops"));
  await expect(endless).rejects.toThrow("Loom stops");
});
