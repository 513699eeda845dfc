import { constants } from "node:fs";
import { open } from "node:fs/promises";

/**
 * The text of a file, or undefined when there is none. Throws the file system's error when it cannot be read, and where it is
 * something else, such as a pipe, of which nobody knows when it says something.
 */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile() && !stats.isDirectory()) throw new Error("it is not a file");
    return await file.readFile("utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
