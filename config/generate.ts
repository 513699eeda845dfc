/**
 * Writes anew what is written from code: config/schema.json, config/default.json, docs/errors.md and docs/run-machine.md.
 * Run it after a change of a setting, an error code or the run machine: `npm exec -- node config/generate.ts`. Tests compare the files.
 */
import { writeFileSync } from "node:fs";
import { configJsonSchema, defaultConfigJson } from "../core/config/jsonSchema.ts";
import { errorPage } from "../core/errors/errorPage.ts";
import { machinePage } from "../core/run/machine/diagrams.ts";

const write = (path: string, text: string): void => writeFileSync(new URL(`../${path}`, import.meta.url), text);

write("config/schema.json", configJsonSchema());
write("config/default.json", defaultConfigJson());
write("docs/errors.md", errorPage());
write("docs/run-machine.md", machinePage());
