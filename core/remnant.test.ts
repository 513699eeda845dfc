import { describe, expect, it } from "vitest";
import { remnantOf } from "./remnant.ts";

describe("what is kept of the definition of a job that is gone", () => {
  it("is all of it where that is short", () => {
    const definition = { name: "a", payload: { text: "x".repeat(7_000) } };
    expect(remnantOf(definition)).toBe(definition);
  });

  it("is its short fields where it is long, or has very many values, and how long it was", () => {
    const definition = { name: "a", payload: { text: "x".repeat(9_000) }, schedule: { kind: "at" } };
    expect(remnantOf(definition)).toEqual({ name: "a", schedule: { kind: "at" }, "…": `${JSON.stringify(definition).length} characters` });
    expect(remnantOf({ name: "a", list: Array.from({ length: 300 }, () => 0) })).toEqual({ name: "a", "…": "621 characters" });
  });

  it("is some of them where they are very many", () => {
    const fields = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`k${n}`, n]));
    expect(JSON.stringify(remnantOf(fields)).length).toBeLessThan(8_192);
  });
});
