import { expect, it } from "vitest";
import { LineCutter } from "./outputLines.ts";

const MIB = 1024 * 1024;

it("gives each line once it is complete, and what is left at the end", () => {
  const cutter = new LineCutter();
  expect(cutter.add("one\ntw")).toEqual(["one"]);
  expect(cutter.add("o\r\n\nthree")).toEqual(["two", ""]);
  expect(cutter.rest()).toEqual(["three"]);
  expect(cutter.rest()).toEqual([]);
});

it("waits for the end of no line that is longer than what is kept of a step", () => {
  const cutter = new LineCutter();
  for (let piece = 0; piece < 16; piece++) expect(cutter.add("x".repeat(MIB))).toEqual([]);
  expect(cutter.add("yy").map((part) => part.length)).toEqual([16 * MIB + 2]);
  expect(cutter.add("z\n")).toEqual(["z"]);
});
