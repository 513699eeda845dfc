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

it("waits for the end of no line that is longer than a MiB", () => {
  const cutter = new LineCutter();
  expect(cutter.add("x".repeat(MIB))).toEqual([]);
  expect(cutter.add("yy")).toEqual([`${"x".repeat(MIB)}yy`]);
  expect(cutter.add("z\n")).toEqual(["z"]);
});
