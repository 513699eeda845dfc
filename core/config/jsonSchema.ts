import * as z from "zod";
import { configSchema } from "./schema.ts";

/** The JSON Schema of `config.json`, as a file's text: what an editor checks and completes against. */
export function configJsonSchema(): string {
  return asFile(z.toJSONSchema(configSchema, { io: "input" }));
}

/** Every default, as the text of a `config.json` that changes nothing. */
export function defaultConfigJson(): string {
  return asFile({ $schema: "./schema.json", ...configSchema.parse({}) });
}

function asFile(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
