import { describe, expect, it } from "vitest";
import * as z from "zod";
// @ts-ignore the page's modules are plain JavaScript
import { fieldsOf, inputOf, problemsByField } from "./inputFields.js";

const schema = z.toJSONSchema(
  z.object({
    day: z.string().min(10).describe("Which day"),
    shops: z.array(z.string()).default(["berlin"]),
    how: z.enum(["fast", "thorough"]).default("fast"),
    most: z.int().min(1).max(50).optional(),
    dryRun: z.boolean().default(false),
    note: z.string().nullable().optional(),
    where: z.object({ city: z.string() }),
  }),
  { io: "input" },
);
const fields = fieldsOf(schema);
const filled = (over: Record<string, unknown> = {}) => inputOf(fields, ({ key, value }: { key: string; value: unknown }) => (key in over ? over[key] : value));

describe("the fields of a form", () => {
  it("are those of the schema, with what they are and what stands in them", () => {
    expect(fields.map(({ key, kind, required, value }: any) => [key, kind, required, value])).toEqual([
      ["day", "text", true, ""],
      ["shops", "json", false, '[\n  "berlin"\n]'],
      ["how", "choice", false, "0"],
      ["most", "integer", false, ""],
      ["dryRun", "boolean", false, false],
      ["note", "text", false, ""],
      ["where", "json", true, ""],
    ]);
    expect(fields[0]).toMatchObject({ help: "Which day", minLength: 10 });
  });
  it("begin with what a run without an input gets", () => expect(fieldsOf(schema, { day: "2026-11-21" })[0].value).toBe("2026-11-21"));
  it("are one of JSON where there is no schema, and one of its kind where it is no object", () => {
    expect(fieldsOf(null)).toMatchObject([{ key: null, kind: "json" }]);
    expect(fieldsOf(z.toJSONSchema(z.number()))).toMatchObject([{ key: null, kind: "number" }]);
  });
  it("follow a schema that points elsewhere, and give up on a circle", () => {
    expect(fieldsOf({ type: "object", properties: { a: { $ref: "#/$defs/a" } }, $defs: { a: { type: "integer" } } })).toMatchObject([{ key: "a", kind: "integer" }]);
    expect(fieldsOf({ $ref: "#" })).toMatchObject([{ kind: "json" }]);
  });
});

describe("what is written in them", () => {
  it("becomes JSON of its type", () => expect(filled({ day: "2026-11-21", how: "1", most: "7", dryRun: true, where: '{"city":"Lisbon"}' })).toEqual({ input: { day: "2026-11-21", shops: ["berlin"], how: "thorough", most: 7, dryRun: true, where: { city: "Lisbon" } }, problems: new Map() }));
  it("is told wrong field by field", () => {
    const { problems } = filled({ day: "", most: "99", where: "{", shops: "{}" });
    expect([...problems.keys()]).toEqual(["day", "shops", "most", "where"]);
    expect(problems.get("most")).toBe("At most 50.");
    expect(filled({ day: "short" }).problems.get("day")).toBe("At least 10 characters.");
    expect(filled({ most: "many" }).problems.get("most")).toBe("Write a number.");
  });
  it("may be the whole input", () => {
    const one = fieldsOf(null);
    expect(inputOf(one, () => "[1]").input).toEqual([1]);
    expect(inputOf(one, () => "").problems.get(null)).toBe("It is needed.");
  });
  it("cannot reach a prototype", () => {
    const odd = fieldsOf(JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}'));
    const { input } = inputOf(odd, () => "x");
    expect(Object.getPrototypeOf(input)).toBe(Object.prototype);
    expect(JSON.stringify(input)).toBe('{"__proto__":"x"}');
  });
});

it("hands the gateway's problems to their fields", () => {
  const { ofFields, others } = problemsByField(fields, [{ path: "input.shops.0", message: "It is no string." }, { path: "input", message: "Too much." }, { path: "input.other", message: "Unknown." }]);
  expect(ofFields).toEqual(new Map([["shops", "0: It is no string."]]));
  expect(others).toEqual(["input: Too much.", "input.other: Unknown."]);
});
