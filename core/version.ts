import { createRequire } from "node:module";

/** The version of this package, from its own package.json, wherever the built files lie. */
export function loomVersion(): string {
  const { version } = createRequire(import.meta.url)("loom-gateway/package.json") as { version: string };
  return version;
}
