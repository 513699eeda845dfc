import type { OutputLines, OutputPart } from "./schemas.ts";

/** Lines that can be asked for at once. */
export const MOST_LINES = 1000;
/** Of a longer line this much is shown, around what was looked for. */
const MOST_SHOWN = 500;
const SHOWN_BEFORE = 100;

/** The lines of an output that hold a text, whatever the case, the first `limit` of them. */
export async function findLines(parts: AsyncIterable<OutputPart>, text: string, limit: number): Promise<OutputLines> {
  const wanted = text.toLowerCase();
  const lines: OutputLines["lines"] = [];
  let number = 0;
  let open = "";
  let at: number | null = null;
  const look = (line: string): void => {
    number++;
    const place = line.toLowerCase().indexOf(wanted);
    if (place !== -1) lines.push({ number, at: at!, text: around(line, place) });
    at! += Buffer.byteLength(line) + 1;
  };
  for await (const part of parts) {
    at ??= part.from;
    const whole = (open + part.text).split("\n");
    open = whole.pop()!;
    for (const line of whole) {
      look(line);
      if (lines.length > Math.min(limit, MOST_LINES)) return { lines: lines.slice(0, -1), more: true };
    }
  }
  if (open !== "") look(open);
  const most = Math.min(limit, MOST_LINES);
  return { lines: lines.slice(0, most), more: lines.length > most };
}

function around(line: string, place: number): string {
  if (line.length <= MOST_SHOWN) return line.replace(/\r$/, "");
  const from = Math.min(Math.max(0, place - SHOWN_BEFORE), line.length - MOST_SHOWN);
  return line.slice(from, from + MOST_SHOWN).toWellFormed();
}
