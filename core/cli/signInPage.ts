import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Writes a page that leads to a sign-in link, for a browser to open: what a program is started with can be read by every user
 * of the machine, and whoever comes first with the code is let in. The page can be read by its owner alone.
 * @returns its address
 */
export async function writeSignInPage(home: string, link: string): Promise<string> {
  const file = join(home, "sign-in.html");
  await rm(file, { force: true });
  await writeFile(file, pageOf(link.replaceAll("&", "&amp;").replaceAll('"', "&quot;")), { flag: "wx", mode: 0o600 });
  return pathToFileURL(file).href;
}

const pageOf = (link: string): string => `<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url=${link}">
<title>Loom</title>
<p><a href="${link}">Sign in to Loom</a></p>
`;
