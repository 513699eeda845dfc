/**
 * Writes anew what is written from code: config/schema.json, config/default.json, docs/errors.md, docs/run-machine.md and docs/dependencies.md.
 * Run it after a change of a setting, an error code, the run machine or a package: `npm exec -- node config/generate.ts`. Tests compare the files.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { configJsonSchema, defaultConfigJson } from "../core/config/jsonSchema.ts";
import { errorPage } from "../core/errors/errorPage.ts";
import { machinePage } from "../core/run/machine/diagrams.ts";
import { dependenciesPage } from "./dependencies.ts";

const write = (path: string, text: string): void => writeFileSync(new URL(`../${path}`, import.meta.url), text);

write("config/schema.json", configJsonSchema());
write("config/default.json", defaultConfigJson());
write("docs/errors.md", errorPage());
write("docs/run-machine.md", machinePage());
write("docs/dependencies.md", dependenciesPage(JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8")).packages));
