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
  /** Where the line that is being read begins; how long it is so far, in bytes and in characters. */
  #at = 0;
  #bytes = 0;
  #length = 0;
  /** As much of it as may yet be shown, from its character `#start` on: a line may be as long as the whole output. */
  #open = "";
  #start = 0;
  /** At which of its characters it holds what is looked for; null: not so far. */
  #place: number | null = null;

  /** @param wanted in small letters */
  constructor(wanted: string) {
    this.#wanted = wanted;
  }

  add({ from, text, missing }: OutputPart): void {
    if (from !== this.#at + this.#bytes) this.#skip(from, missing?.lines ?? 0);
    const [first, ...others] = text.split("\n");
    this.#read(first!);
    for (const piece of others) {
      this.#endLine();
      this.#at++;
      this.#read(piece);
    }
  }

  end(): void {
    if (this.#bytes > 0) this.#endLine();
  }

  /** Something is missing: the line before it and the one after it are known in part. */
  #skip(to: number, lines: number): void {
    const complete = this.#number;
    this.end();
    [this.#number, this.#at] = [complete + lines, to];
  }

  /** Takes a piece of the line. Each piece is looked at once, with the end of what was before it. */
  #read(piece: string): void {
    this.#bytes += Buffer.byteLength(piece);
    this.#length += piece.length;
    this.#open += piece;
    if (this.#place === null) {
      const found = this.#open.toLowerCase().indexOf(this.#wanted);
      if (found !== -1) this.#place = this.#start + found;
    }
    if (this.#place === null) this.#keep(this.#length - MOST_SHOWN - this.#wanted.length, this.#length);
    else this.#keep(this.#place - MOST_SHOWN, this.#place + MOST_SHOWN);
  }

  /** Forgets what is not between these characters of the line. */
  #keep(from: number, to: number): void {
    const start = Math.max(from, this.#start);
    this.#open = this.#open.slice(start - this.#start, to - this.#start);
    this.#start = start;
  }

  #endLine(): void {
    this.#number++;
    if (this.#place !== null) this.lines.push({ number: this.#number, at: this.#at, text: this.#around(this.#place) });
    this.#at += this.#bytes;
    [this.#bytes, this.#length, this.#open, this.#start, this.#place] = [0, 0, "", 0, null];
  }

  #around(place: number): string {
    if (this.#length <= MOST_SHOWN) return this.#open.replace(/\r$/, "");
    const from = Math.min(Math.max(0, place - SHOWN_BEFORE), this.#length - MOST_SHOWN) - this.#start;
    return this.#open.slice(from, from + MOST_SHOWN).toWellFormed();
  }
}
