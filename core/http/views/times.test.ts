import { expect, test } from "vitest";
import { iso, isoOrNull } from "./times.ts";

test("every moment can be told, also one that no date can show", () => {
  expect([iso(0), isoOrNull(null)]).toEqual(["1970-01-01T00:00:00.000Z", null]);
  expect([iso(8.64e15 + 3_600_000), iso(Number.MAX_VALUE), iso(-8.64e15 - 1)]).toEqual(["+275760-09-13T00:00:00.000Z", "+275760-09-13T00:00:00.000Z", "-271821-04-20T00:00:00.000Z"]);
});
