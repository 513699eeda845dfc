import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { configJsonSchema, defaultConfigJson } from "./jsonSchema.ts";
import { configSchema } from "./schema.ts";

const shipped = (name: string): string => readFileSync(new URL(`../../config/${name}`, import.meta.url), "utf8");

interface Described {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly additionalProperties?: Described | boolean;
}

/** Paths of the settings without a description. */
function silent(schema: Described, path = "config"): string[] {
  const children = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => silent(child, `${path}.${key}`));
  const each = typeof schema.additionalProperties === "object" && path !== "config.plugins.*.config" ? silent(schema.additionalProperties, `${path}.*`) : [];
  const isFreeForm = path.endsWith(".config.*");
  return [...(schema.description || isFreeForm ? [] : [path]), ...children, ...each];
}

test("the checked-in schema is the one that validates; `node config/generate.ts` writes it anew", () => {
  expect(shipped("schema.json")).toBe(configJsonSchema());
});

test("the checked-in defaults are those in force, and are valid", () => {
  expect(shipped("default.json")).toBe(defaultConfigJson());
  expect(configSchema.safeParse(JSON.parse(shipped("default.json"))).success).toBe(true);
});

test("every setting is described", () => {
  expect(silent(JSON.parse(configJsonSchema()) as Described)).toEqual([]);
});

test("a setting without a description would be found", () => {
  expect(silent({ description: "x", properties: { port: {}, log: { description: "x", properties: { level: {} } } } })).toEqual(["config.port", "config.log.level"]);
});
