import { expect, it } from "vitest";
import { inPieces, LastList, listJson } from "./listJson.ts";
import { pageById } from "./paging.ts";

const piece = (name: string): Buffer => Buffer.from(JSON.stringify({ name }));
const [a, b, c] = [piece("a"), piece("b"), piece("c")];
const [open, close] = [Buffer.from('{"is":'), Buffer.from("}")];
const read = (json: Buffer): unknown => JSON.parse(json.toString());

it("puts items together that are written in pieces", () => {
  expect(read(listJson([[open, a, close], [b]], "more"))).toEqual({ items: [{ is: { name: "a" } }, { name: "b" }], next: "more" });
  expect(read(listJson([], null))).toEqual({ items: [], next: null });
});

it("gives the last answer again while nothing in it has changed", () => {
  const list = new LastList();
  const first = list.json([[a], [open, b, close]], null);
  expect(list.json([[a], [open, b, close]], null)).toBe(first);
});

it.each([
  ["an item is another", [[a], [c]], null],
  ["the order is another", [[b], [a]], null],
  ["one has come", [[a], [b], [c]], null],
  ["one has gone", [[a]], null],
  ["an item has another piece", [[a], [open, b, close]], null],
  ["more is to come", [[a], [b]], "more"],
] as const)("answers anew where %s", (_, items, next) => {
  const list = new LastList();
  list.json([[a], [b]], null);
  expect(read(list.json(items, next))).toEqual(read(listJson(items, next)));
});

it("a page of long items ends early, never without one, and goes on after what was given", () => {
  const long = new Map([["a", 3], ["b", 3], ["c", 3], ["d", 9], ["e", 0]].map(([id, million]) => [String(id), Buffer.alloc(Number(million) * 1_000_000)]));
  const pages: [number, string | null][] = [];
  for (let cursor: string | undefined; pages.length < 9; ) {
    const { items, next } = inPieces(pageById([...long.keys()].map((id) => ({ id })), { limit: 4, cursor }), ({ id }) => [long.get(id)!]);
    pages.push([items.length, next && Buffer.from(next, "base64url").toString()]);
    if (next === null) break;
    cursor = next;
  }
  expect(pages).toEqual([[2, "b"], [1, "c"], [1, "d"], [1, null]]);
});
