import { describe, expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { absolute, ago, clip, duration, firingTime, plural, span, until, readDuration, size } from "./format.js";

describe("a duration", () => {
  it.each([
    [0, "0ms"], [640, "640ms"], [999.6, "999ms"], [1_440, "1.4s"], [9_999, "9.9s"], [12_300, "12s"], [59_999, "59s"],
    [60_000, "1m"], [72_000, "1m 12s"], [3_599_999, "59m 59s"], [3_600_000, "1h"], [11_100_000, "3h 5m"], [187_200_000, "2d 4h"],
  ])("of %d ms reads %s", (ms, text) => expect(duration(ms)).toBe(text));
  it("is empty when it is not known", () => expect([duration(null), duration(Number.NaN)]).toEqual(["", ""]));
});

describe("a relative time", () => {
  const now = 1_000_000_000;
  it("looks back", () => expect([ago(now, now), ago(now - 12_000, now), ago(now - 260_000, now)]).toEqual(["just now", "12s ago", "4 min ago"]));
  it("looks ahead", () => expect([until(now + 12_500, now), until(now + 400, now), until(now + 7_200_000, now)]).toEqual(["in 12s", "now", "in 2 h"]));
  it("says when something is late", () => expect(until(now - 120_000, now)).toBe("due 2 min ago"));
  it("stays in hours for two days", () => expect([span(47 * 3_600_000), span(49 * 3_600_000)]).toEqual(["47 h", "2 d"]));
  it("takes a zone, and does not fall over one that nobody knows", () => {
    expect(absolute(0, "Europe/Berlin")).toContain("01:00:00");
    expect(absolute(0, "Nowhere/City")).toContain("1970");
  });
});

describe("a planned firing", () => {
  const now = Date.UTC(2026, 10, 21);
  it("is told without this year and without seconds that are none", () => {
    const { day, time } = firingTime(Date.UTC(2026, 11, 3, 6), "Europe/Berlin", now);
    expect([day.includes("2026"), time]).toEqual([false, "07:00"]);
  });
  it("is told with them where they say something", () => {
    const { day, time } = firingTime(Date.UTC(2027, 0, 3, 6, 0, 16), "Europe/Berlin", now);
    expect([day.includes("2027"), time]).toEqual([true, "07:00:16"]);
  });
});

describe("a clipped name", () => {
  it("is left alone when it fits", () => expect(clip("price watch", 20)).toBe("price watch"));
  it("ends in an ellipsis within its cells", () => expect(clip("price watch of everything", 11)).toBe("price watc…"));
  it("counts wide characters as two", () => expect(clip("価格監視の仕事", 6)).toBe("価格…"));
  it("keeps to one line", () => expect(clip("a\n\tb\u0000c", 10)).toBe("a b c"));
  it("does not walk through a megabyte", () => expect(clip("x".repeat(1_000_000), 5)).toBe("xxxx…"));
  it("does not cut a character in two", () => expect(clip("😀😀😀", 4)).toBe("😀…"));
});

it("knows one from many", () => expect([plural(1, "run"), plural(2, "run")]).toEqual(["1 run", "2 runs"]));

it("tells sizes in round figures", () => expect([0, 999, 1000, 64_400, 999_499, 999_500, 1_234_567].map(size)).toEqual(["0 B", "999 B", "1 kB", "64 kB", "999 kB", "1.0 MB", "1.2 MB"]));

it.each([["90s", 90_000], ["5 min", 300_000], ["1h 30m", 5_400_000], ["2", 120_000], ["0.5h", 1_800_000], ["", null], ["soon", null], ["5 parsecs", null], ["1..2m", null], ["-5m", null]])("reads %j as %s ms", (text, ms) => expect(readDuration(text)).toBe(ms));
