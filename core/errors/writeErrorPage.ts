// Writes docs/errors.md anew: npm exec -- node core/errors/writeErrorPage.ts
import { writeFileSync } from "node:fs";
import { errorPage } from "./errorPage.ts";

writeFileSync(new URL("../../docs/errors.md", import.meta.url), errorPage());
