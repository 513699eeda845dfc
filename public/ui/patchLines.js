/** A unified patch, line by line. Pure. */

const MOST = 600;
const kinds = { "+": "added", "-": "removed", "@": "place" };

/**
 * @param {string | null} patch
 * @returns {{ lines: { kind: "added" | "removed" | "place" | "same", text: string }[], more: number }} without the names of the files; at most six hundred
 */
export function patchLines(patch) {
  const lines = String(patch ?? "").split("\n");
  const first = lines.findIndex((line) => line.startsWith("@@"));
  const body = first === -1 ? [] : lines.slice(first).filter((line, at, all) => at < all.length - 1 || line !== "");
  return { lines: body.slice(0, MOST).map((text) => ({ kind: kinds[text[0]] ?? "same", text: text.slice(0, 1000) })), more: Math.max(0, body.length - MOST) };
}
