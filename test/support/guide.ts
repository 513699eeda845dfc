import { readFile } from "node:fs/promises";

/** The code blocks of a guide that are files, by the name after the language. */
export async function filesOfTheGuide(name: "plugins" | "workflows" | "operations" = "plugins"): Promise<Record<string, string>> {
  const guide = await readFile(new URL(`../../docs/${name}.md`, import.meta.url), "utf8");
  return Object.fromEntries([...guide.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)].map(([, file, code]) => [file!, code!]));
}
