import { constants } from "node:fs";
import { link, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compilerOptions } from "./editor.ts";
import { EXAMPLE } from "./example.ts";

/** No link is followed, and no pipe waited for. */
const ITSELF = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A file that was looked after: `made` now, `kept` as the user has it, `renewed` because Loom itself keeps it right. */
export interface LaidFile {
  readonly path: string;
  readonly done: "made" | "kept" | "renewed";
}

const USERS_CONFIG = `// For your editor and for \`loom check\`. It is yours: Loom does not write it again.
{
  "extends": "./types/tsconfig.json",
  "include": ["workflows", "operations", "plugins"]
}
`;

/**
 * Lays down in LOOM_HOME, whose folders are there already, what an author needs. Nothing of the user's is written over;
 * the example is for a folder without workflows.
 */
export async function layDown(home: string): Promise<LaidFile[]> {
  const workflows = join(home, "workflows");
  const users = [await once(join(home, "tsconfig.json"), USERS_CONFIG)];
  if ((await readdir(workflows)).length === 0) users.push(await once(join(workflows, "hello.ts"), EXAMPLE));
  return [...users, await renewTypes(home)];
}

/** Writes anew where TypeScript finds `loom-gateway` and what else is installed: Loom may have moved since. */
export async function renewTypes(home: string): Promise<LaidFile> {
  const path = join(home, "types/tsconfig.json");
  const text = `// Loom writes this file anew whenever something moves. Your own settings go into ../tsconfig.json.\n${JSON.stringify({ compilerOptions: compilerOptions(home) }, null, 2)}\n`;
  const before = await readFile(path, { encoding: "utf8", flag: ITSELF }).catch(() => null);
  if (before === text) return { path, done: "kept" };
  await mkdir(join(home, "types"), { recursive: true, mode: 0o700 });
  await replace(path, text);
  return { path, done: before === null ? "made" : "renewed" };
}

/** Takes the place of what is there; wherever a link leads that stands there, nothing is written at its end. */
function replace(path: string, text: string): Promise<void> {
  return whole(path, text, (made) => rename(made, path));
}

async function once(path: string, text: string): Promise<LaidFile> {
  try {
    // A link, unlike a rename, never replaces what is there.
    await whole(path, text, (made) => link(made, path));
    return { path, done: "made" };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return { path, done: "kept" };
  }
}

/** Writes the text beside its place and lets it take that: on a full disk nothing of it is there. */
async function whole(path: string, text: string, takePlace: (made: string) => Promise<void>): Promise<void> {
  const beside = await mkdtemp(`${path}-`);
  try {
    const made = join(beside, "new");
    await writeFile(made, text, { mode: 0o600 });
    await takePlace(made);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}
