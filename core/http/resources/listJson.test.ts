import { expect, it } from "vitest";
import { LastList, listJson } from "./listJson.ts";

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
