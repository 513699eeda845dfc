import { readFile } from "node:fs/promises";

/** The plugin guide's code blocks that are files, by the name after the language. */
export async function filesOfTheGuide(): Promise<Record<string, string>> {
  const guide = await readFile(new URL("../../docs/plugins.md", import.meta.url), "utf8");
  return Object.fromEntries([...guide.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)].map(([, name, code]) => [name!, code!]));
}
