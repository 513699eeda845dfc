import { expect, test } from "vitest";
import { findStrand } from "./findStrand.ts";

const report = { id: "openclaw-cron-mirror:i1:7fb2b0dc-7e76", name: "Nightly report" };
const backup = { id: "openclaw-cron-mirror:i1:7fb2c111-1111", name: "backup" };
const twin = { id: "openclaw-cron-mirror:i2:aa4e1d37-78f6", name: "backup" };
const woven = { id: "tidy", name: "Tidy up" };
const strands = [report, backup, twin, woven];

test.each([
  ["openclaw-cron-mirror:i1:7fb2b0dc-7e76", report],
  ["Nightly report", report],
  ["nightly REPORT", report],
  ["7fb2b", report],
  ["openclaw-cron-mirror:i2", twin],
  ["tidy", woven],
])("%s means one strand", (wanted, expected) => {
  expect(findStrand(wanted, strands)).toBe(expected);
});

test("a whole id wins over longer ids that begin with it", () => {
  const longer = { id: "tidy-more", name: "More" };
  expect(findStrand("tidy", [longer, woven])).toBe(woven);
});

test("a foreign job that bears the id of a workflow takes nothing from it", () => {
  const foreign = { id: "openclaw-cron-mirror:i1:tidy", name: "tidy" };
  expect(findStrand("tidy", [foreign, woven])).toBe(woven);
});

test.each([
  ["Tidy up", { id: "openclaw-cron-mirror:i1:Tidy up", name: "x" }],
  ["Tidy up", { id: "openclaw-cron-mirror:i1:x", name: "tidy up" }],
  ["tidy up", { id: "openclaw-cron-mirror:i1:x", name: "tidy up" }],
])("%s, a workflow's name, is not taken by a foreign job of that id or name: it is asked which is meant", (wanted, foreign) => {
  expect(() => findStrand(wanted, [foreign, woven])).toThrow(expect.objectContaining({ code: "AMBIGUOUS", message: expect.stringMatching(/openclaw-cron-mirror:i1:[^]* tidy /) }));
});

test("an ambiguous word lists those that it could mean", () => {
  expect(() => findStrand("backup", strands)).toThrow(expect.objectContaining({ code: "AMBIGUOUS", message: expect.stringMatching(/7fb2c111-1111[^]*aa4e1d37-78f6/) }));
  expect(() => findStrand("7fb2", strands)).toThrow(expect.objectContaining({ code: "AMBIGUOUS" }));
});

test("an unknown word is not found, and is escaped in the message", () => {
  expect(() => findStrand("no\x1bpe", strands)).toThrow(expect.objectContaining({ code: "NOT_FOUND", message: expect.stringContaining("\\x1b") }));
});
