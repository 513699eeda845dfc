import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { LoomError } from "../errors/loomError.ts";

const WAITING_FOR_NOBODY = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * The text of a file, or undefined when there is none. Throws the file system's error when it cannot be read, and HOME_UNSAFE where
 * it is something else, such as a pipe, of which nobody knows when it says something.
 */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, WAITING_FOR_NOBODY);
    const stats = await file.stat();
    if (!stats.isFile() && !stats.isDirectory()) throw notFile(path);
    return await file.readFile("utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** The same at once, for the command line. Throws the file system's error where there is none, too. */
export function readNow(path: string): string {
  const file = openSync(path, WAITING_FOR_NOBODY);
  try {
    if (!fstatSync(file).isFile()) throw notFile(path);
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

function notFile(path: string): LoomError {
  return new LoomError("HOME_UNSAFE", `${path} cannot be read: it is not a file.`, { help: "Remove what is there, or put the file there again." });
}
