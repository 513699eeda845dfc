import { readlinkSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { vi } from "vitest";

/** What this process brings to the disk from now on until its test ends, in order: the paths of files and folders. */
export async function watchSyncs(): Promise<readonly string[]> {
  await using some = await open(process.execPath);
  const handles = Object.getPrototypeOf(some) as FileHandle;
  const { sync } = handles;
  const synced: string[] = [];
  vi.spyOn(handles, "sync").mockImplementation(function (this: FileHandle) {
    synced.push(readlinkSync(`/proc/self/fd/${this.fd}`));
    return sync.call(this);
  });
  return synced;
}
