import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../mirror/contract.ts";
import { boundedJson, boundedObject, head, JSON_BYTES, tail } from "./bounds.ts";

const bytes = (text: string): number => Buffer.byteLength(text);
const anyText = fc.string({ unit: "grapheme", maxLength: 60 });

describe("bounds of what is stored", () => {
  it("tail keeps as much of the end as fits, and only whole characters", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 4, max: 80 }), (text, bound) => {
        const kept = tail(text, bound);
        expect(text.endsWith(kept)).toBe(true);
        expect(bytes(kept)).toBeLessThanOrEqual(bound);
        if (bytes(text) <= bound) expect(kept).toBe(text);
        else expect(bytes(kept)).toBeGreaterThan(bound - 4);
      }),
    );
  });

  it("head keeps as much of the beginning as fits and marks the cut", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 8, max: 80 }), (text, bound) => {
        const kept = head(text, bound);
        expect(bytes(kept)).toBeLessThanOrEqual(bound);
        if (bytes(text) <= bound) expect(kept).toBe(text);
        else expect(text.startsWith(kept.slice(0, -1)) && kept.endsWith("…")).toBe(true);
      }),
    );
  });

  it("an object that is too large names the fields that were left out", () => {
    const summary: JsonObject = { model: "m", log: "x".repeat(500), tokens: 7 };
    expect(JSON.parse(boundedObject(summary, 100))).toEqual({ model: "m", tokens: 7, omitted: ["log"] });
    expect(JSON.parse(boundedObject(summary, 1000))).toEqual(summary);
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`${n}`.padEnd(40, "é"), "x".repeat(500)]));
    const { omitted } = JSON.parse(boundedObject(many, 100)) as { omitted: string[] };
    expect([omitted.length, omitted[20], Math.max(...omitted.map(bytes))]).toEqual([21, "…", 64]);
  });

  it("a value that is too large leaves a note of its size", () => {
    expect(JSON.parse(boundedJson("x".repeat(500), 100))).toEqual({ omitted: true, bytes: 502 });
    expect(boundedJson([1], 100)).toBe("[1]");
    expect(JSON.parse(boundedJson([{}, {}, {}, {}], 100))).toEqual({ omitted: true, bytes: 13 });
  });

  it("many small values are large, however short they are to write", () => {
    const many = Array.from({ length: 1_000 }, () => ({}));
    expect(JSON.parse(boundedObject({ model: "m", many }, JSON_BYTES))).toEqual({ model: "m", omitted: ["many"] });
    expect(JSON.parse(boundedJson(many, JSON_BYTES))).toMatchObject({ omitted: true });
  });
});
