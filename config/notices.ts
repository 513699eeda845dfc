import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The licences of the npm packages that a build took in, as a file to ship with it.
 * @param inputs the files that went in, relative to `root`
 * @returns Markdown, a section a package
 */
export function noticesOf(inputs: readonly string[], root: string): string {
  const folders = new Set(inputs.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
  const sections = [...folders].map((folder) => section(join(root, folder))).sort();
  return ["# Packages inside Loom\n", ...new Set(sections)].join("\n");
}

function section(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { name: string; version: string; license?: string };
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file ? readFileSync(join(folder, file), "utf8").trim() : "";
  return `## ${name} ${version}\n\n${license ?? "See below"}\n${text && `\n${text}\n`}`;
}
