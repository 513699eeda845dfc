import { expect, test } from "vitest";
import { cut, duration, printable, printableJson, relative, widthOf } from "./text.ts";

test("control characters and turned writing become escapes", () => {
  expect(printable("a\x1b[31mb\r\nc\td\u202ee\u009b")).toBe("a\\x1b[31mb\\x0d\\nc\\td\\u{202e}e\\x9b");
  expect(printable("Nächtlicher Bericht 日報 🧵")).toBe("Nächtlicher Bericht 日報 🧵");
});

test("so they do in JSON, which reads them back", () => {
  const value = { name: "a\x1b[31m\u009b2Jb\u202ec\u2028\n", list: [1, "日報 🧵"] };
  const json = printableJson(value);
  expect(json).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/);
  expect(json).toContain("日報 🧵");
  expect(JSON.parse(json)).toEqual(value);
});

test("wide characters take two columns, combined ones count once", () => {
  expect(widthOf("日報")).toBe(4);
  expect(widthOf("🧵")).toBe(2);
  expect(widthOf("e\u0301")).toBe(1);
});

test("a text is cut to its columns and never in the middle of a character", () => {
  expect(cut("nightly", 7)).toBe("nightly");
  expect(cut("nightly", 5)).toBe("nigh…");
  expect(cut("日報日報", 4)).toBe("日…");
});

test("durations show their two largest units", () => {
  expect(duration(12.4)).toBe("12ms");
  expect(duration(61_000)).toBe("1m 1s");
  expect(duration(7_500_000)).toBe("2h 5m");
  expect(duration(3_600_000)).toBe("1h");
  expect(duration(90_000_000)).toBe("1d 1h");
});

test("times are told from where we stand", () => {
  const now = Date.parse("2026-03-01T12:00:00Z");
  expect(relative("2026-03-01T12:05:00Z", now)).toBe("in 5m");
  expect(relative("2026-02-28T11:00:00Z", now)).toBe("1d 1h ago");
  expect(relative("2026-03-01T12:00:00.400Z", now)).toBe("now");
  expect(relative(null, now)).toBe("—");
});
