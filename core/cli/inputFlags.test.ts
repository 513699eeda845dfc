import { describe, expect, test } from "vitest";
import * as z from "zod";
import { inputFrom } from "./inputFlags.ts";

const weather = z.toJSONSchema(
  z.object({
    cities: z.array(z.string()).default([]),
    days: z.int().optional(),
    degrees: z.number().optional(),
    dryRun: z.boolean().optional(),
    unit: z.enum(["C", "F"]).optional(),
    place: z.object({ lat: z.number() }).optional(),
    limit: z.union([z.number(), z.string()]).optional(),
    note: z.string().nullable().optional(),
  }),
  { io: "input" },
);

const read = (line: string, schema: object | null = weather): unknown => {
  const answer = inputFrom(line.split(" ").filter(Boolean), schema as Record<string, unknown> | null);
  return "input" in answer ? answer.input : answer.mistakes;
};

describe("flags of a workflow's input", () => {
  test("have the types that its schema says", () => {
    expect(read("--days 3 --degrees=-2.5 --unit C --note null --place {\"lat\":52.5} --limit 5")).toEqual({ days: 3, degrees: -2.5, unit: "C", note: null, place: { lat: 52.5 }, limit: 5 });
    expect(read("--limit none --note 5 --degrees -7")).toEqual({ limit: "none", note: "5", degrees: -7 });
  });

  test("are switches where they are true or false", () => {
    expect(read("--dryRun --days 1")).toEqual({ dryRun: true, days: 1 });
    expect(read("--no-dryRun")).toEqual({ dryRun: false });
    expect(read("--dry-run=false")).toEqual({ dryRun: false });
    expect(read("--no-dry-run")).toEqual({ dryRun: false });
    expect(read("--dry-run false --days 2")).toEqual({ dryRun: false, days: 2 });
  });

  test("make a list when they come several times, or as JSON", () => {
    expect(read("--cities Oslo --cities Rome")).toEqual({ cities: ["Oslo", "Rome"] });
    expect(read('--cities ["Oslo","5"]')).toEqual({ cities: ["Oslo", "5"] });
    expect(read("--cities=")).toEqual({ cities: [""] });
  });

  test("may be handed over as a whole, and add to that", () => {
    expect(read('--input {"days":1,"unit":"F"} --days 2')).toEqual({ days: 2, unit: "F" });
    expect(read("--input 5", { type: "number" })).toBe(5);
    expect(read("--input nonsense")).toEqual(["--input takes the whole input as JSON."]);
  });

  test("that are wrong are all named", () => {
    expect(read("--dayz 3 --days three --degrees --unit --place 5 Oslo --days 1 --days 2")).toEqual([
      "There is no --dayz. Did you mean --days?",
      "--days takes a whole number, not “three”.",
      "--degrees takes a number.",
      "--unit takes a text.",
      "--place takes an object as JSON, not “5”.",
      "“Oslo” belongs to no flag.",
      "--days comes more than once.",
    ]);
    expect(read("--zzzzzzzz 1", { type: "object", properties: { a: {}, b: {} } })).toEqual(["There is no --zzzzzzzz. There is --a, --b."]);
    expect(read("--name x", { type: "string" })).toEqual(["There is no --name: hand the input over as --input with JSON."]);
  });

  test("of a schema that is not known, or takes more than it names, are JSON where they can be", () => {
    expect(read("--n 5 --s five --o {} --on --t true", null)).toEqual({ n: 5, s: "five", o: {}, on: true, t: true });
    expect(read("--a 5 --more x", { properties: { a: { type: "string" } }, additionalProperties: true })).toEqual({ a: "5", more: "x" });
  });

  test("are found through references and among alternatives", () => {
    const schema = {
      properties: { n: { $ref: "#/$defs/count" }, m: { anyOf: [{ type: "number" }, { type: "null" }] }, c: { const: 3 }, loop: { $ref: "#/properties/loop" } },
      $defs: { count: { type: "integer" } },
    };
    expect(read("--n 4 --m null --c 3 --loop 1", schema)).toEqual({ n: 4, m: null, c: 3, loop: 1 });
  });
});
