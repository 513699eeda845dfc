// Writes config/schema.json and config/default.json anew: npm exec -- node core/config/writeSchema.ts
import { writeFileSync } from "node:fs";
import { configJsonSchema, defaultConfigJson } from "./jsonSchema.ts";

writeFileSync(new URL("../../config/schema.json", import.meta.url), configJsonSchema());
writeFileSync(new URL("../../config/default.json", import.meta.url), defaultConfigJson());
