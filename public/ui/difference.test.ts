import { expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { readVersion } from "../state/detailShape.js";
// @ts-ignore the page's modules are plain JavaScript
import { differences, splitAlike } from "./difference.js";

const version = (definition: object, text = "every hour") => readVersion({ version: 1, name: "a", trigger: { kind: "cron", text }, definition });

it("names each field that differs, with its value before and after", () => {
  expect(differences(version({ name: "a", schedule: { expr: "0 * * * *" }, gone: true }), version({ name: "a", schedule: { expr: "0 7 * * *" }, fresh: [1] }, "every day at 07:00"))).toEqual([
    { path: "schedule", before: "every hour", after: "every day at 07:00" },
    { path: "schedule.expr", before: "0 * * * *", after: "0 7 * * *" },
    { path: "gone", before: "true", after: null },
    { path: "fresh.0", before: null, after: "1" },
  ]);
});

it("names a zone once, and takes null for nothing", () => {
  const zoned = readVersion({ version: 2, name: "a", trigger: { kind: "cron", text: "every day at 07:00 UTC", zone: "UTC" }, definition: { tz: "UTC" } });
  expect(differences(version({ tz: null }), zoned)).toEqual([
    { path: "schedule", before: "every hour", after: "every day at 07:00 UTC" },
    { path: "tz", before: null, after: "UTC" },
  ]);
});

it("tells times in words, and their milliseconds where words are the same", () => {
  const every = (everyMs: number, anchorMs: number) => version({ schedule: { everyMs, anchorMs } });
  const [length, anchor] = differences(every(1_800_000, 1_763_700_000_000), every(5_400_000, 1_763_703_600_000)).map(({ before, after }: { before: string; after: string }) => [before, after]);
  expect(length).toEqual(["30m", "1h 30m"]);
  expect(anchor.join()).toMatch(/2025.*2025/);
  expect(anchor[0]).not.toBe(anchor[1]);
  expect(differences(every(1, 1_763_700_000_000), every(1, 1_763_700_000_001))[0]).toMatchObject({ before: "1763700000000", after: "1763700000001" });
});

it("finds no difference where there is none, and bears what is missing", () => {
  expect(differences(version({ a: 1 }), version({ a: 1 }))).toEqual([]);
  expect(differences(null, version({ a: 1 })).map((row: { path: string }) => row.path)).toEqual(["schedule", "a", "name"]);
  expect(differences(null, null)).toEqual([]);
});

it("keeps within bounds whatever a job holds", () => {
  const wide = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`k${at}`, at]));
  expect(differences(version({}), version(wide))).toHaveLength(60);
  let deep: object = {};
  for (let at = 0; at < 1000; at++) deep = { deep };
  expect(() => differences(version({}), version(deep))).not.toThrow();
});

it("shows what differs by whole words", () => {
  expect(splitAlike("wake me at seven today", "wake me at seventeen today")).toEqual({ before: ["wake me at ", "seven", " today"], after: ["wake me at ", "seventeen", " today"] });
  expect(splitAlike("same", "same and more")).toEqual({ before: ["same", "", ""], after: ["same", " and more", ""] });
  expect(splitAlike("", "x")).toEqual({ before: ["", "", ""], after: ["", "x", ""] });
});
