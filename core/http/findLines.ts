import type { OutputLines, OutputPart } from "./schemas.ts";

/** Lines that can be asked for at once. */
export const MOST_LINES = 1000;
/** Of a longer line this much is shown, around what was looked for. */
const MOST_SHOWN = 500;
const SHOWN_BEFORE = 100;

/** The lines of an output that hold a text, whatever the case, the first `limit` of them, and what could not be searched. */
export async function findLines(parts: AsyncIterable<OutputPart>, text: string, limit: number): Promise<OutputLines> {
  const most = Math.min(limit, MOST_LINES);
  const search = new LineSearch(text.toLowerCase());
  let missing: OutputLines["missing"] = null;
  for await (const part of parts) {
    missing = part.missing;
    search.add(part);
    if (search.lines.length > most) return { lines: search.lines.slice(0, most), more: true, missing };
  }
  search.end();
  return { lines: search.lines.slice(0, most), more: search.lines.length > most, missing };
}

class LineSearch {
  readonly lines: OutputLines["lines"] = [];
  readonly #wanted: string;
  #number = 0;
  /** What has been read of a line that goes on, and where that begins. */
  #open = "";
  #at = 0;

  /** @param wanted in small letters */
  constructor(wanted: string) {
    this.#wanted = wanted;
  }

  add({ from, text, missing }: OutputPart): void {
    if (from !== this.#at + Buffer.byteLength(this.#open)) this.#skip(from, missing?.lines ?? 0);
    const whole = (this.#open + text).split("\n");
    this.#open = whole.pop()!;
    for (const line of whole) {
      this.#number++;
      this.#look(line);
      this.#at += Buffer.byteLength(line) + 1;
    }
  }

  end(): void {
    if (this.#open === "") return;
    this.#number++;
    this.#look(this.#open);
  }

  /** Something is missing: the line before it and the one after it are known in part. */
  #skip(to: number, lines: number): void {
    const complete = this.#number;
    this.end();
    [this.#number, this.#open, this.#at] = [complete + lines, "", to];
  }

  #look(line: string): void {
    const place = line.toLowerCase().indexOf(this.#wanted);
    if (place !== -1) this.lines.push({ number: this.#number, at: this.#at, text: around(line, place) });
  }
}

function around(line: string, place: number): string {
  if (line.length <= MOST_SHOWN) return line.replace(/\r$/, "");
  const from = Math.min(Math.max(0, place - SHOWN_BEFORE), line.length - MOST_SHOWN);
  return line.slice(from, from + MOST_SHOWN).toWellFormed();
}
