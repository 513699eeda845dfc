import { open } from "node:fs/promises";

/** Brings a folder's names to the disk: a renamed file is there after a power cut only then. */
export async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}
