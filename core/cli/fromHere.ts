import { relative } from "node:path";

/** A path as a person would name it from the working folder. */
export function fromHere(path: string): string {
  const inside = relative("", path);
  return inside.startsWith("..") ? path : inside;
}
