import { expect, it } from "vitest";
import { pageOf, positionOf } from "./paging.ts";

it("the cursor of a page is read back, whatever its owner put into an id", () => {
  const last = { time: 12, id: "source:two\nlines_and more" };
  const { next } = pageOf([last, last], 1, (row) => row, (row) => row);
  expect(positionOf(next)).toEqual(last);
});

it("a page of long items ends early, never without one, and the next goes on after what was given", () => {
  const rows = [300_000, 300_000, 10, 3_000_000, 10].map((length, n) => ({ time: 9 - n, id: "r", text: "\u0001".repeat(length) }));
  const pages: number[][] = [];
  for (let next: string | null = "10_r"; next !== null; ) {
    const { time } = positionOf(next);
    const page = pageOf(rows.filter((row) => row.time < time), 4, (row) => row, (row) => row);
    pages.push(page.items.map((row) => row.time));
    next = page.next;
  }
  expect(pages).toEqual([[9], [8, 7], [6], [5]]);
});
