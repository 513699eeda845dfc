import { describe, expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { addTo, noTail } from "./tail.js";

const textOf = (tail: { blocks: { text: string }[]; open: string }): string => tail.blocks.map(({ text }) => text).join("") + tail.open;
const linesOf = (tail: { blocks: { lines: number }[] }): number => tail.blocks.reduce((sum, { lines }) => sum + lines, 0);

describe("the end of an output", () => {
  it("holds what came, in order, however it was cut", () => {
    const tail = noTail();
    for (const part of ["on", "e\ntwo\nth", "", "ree\n", "four"]) addTo(tail, part);
    expect(textOf(tail)).toBe("one\ntwo\nthree\nfour");
    expect(tail.open).toBe("four");
    expect(linesOf(tail)).toBe(3);
  });
  it("keeps the last two thousand lines, and says that others were", () => {
    const tail = noTail();
    for (let at = 0; at < 5000; at++) addTo(tail, `line ${at}\n`);
    expect(linesOf(tail)).toBeGreaterThan(1890);
    expect(linesOf(tail)).toBeLessThanOrEqual(2000);
    expect(textOf(tail).endsWith("line 4999\n")).toBe(true);
    expect(tail.cut).toBe(true);
  });
  it("stays as small after a hundred megabytes in floods, and in lines without an end", () => {
    const tail = noTail();
    for (let at = 0; at < 100; at++) addTo(tail, "x".repeat(1_000_000));
    expect(textOf(tail).length).toBeLessThan(900_000);
    for (let at = 0; at < 3000; at++) addTo(tail, "y".repeat(700));
    expect(textOf(tail).length).toBeLessThan(900_000);
  });
  it("leaves the blocks alone that stay", () => {
    const tail = noTail();
    for (let at = 0; at < 250; at++) addTo(tail, `${at}\n`);
    const [first] = tail.blocks;
    const before = first.text;
    addTo(tail, "more\n");
    expect([tail.blocks[0], tail.blocks[0].text]).toEqual([first, before]);
  });
});
