import { expect, it } from "vitest";
import { pageOf, positionOf } from "./paging.ts";

it("the cursor of a page is read back, whatever its owner put into an id", () => {
  const last = { time: 12, id: "source:two\nlines_and more" };
  const { next } = pageOf([last, last], 1, (row) => row, (row) => row);
  expect(positionOf(next)).toEqual(last);
});
