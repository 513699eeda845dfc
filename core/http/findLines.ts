import type { OutputLines, OutputPart } from "./schemas.ts";

/** Lines that can be asked for at once. */
export const MOST_LINES = 1000;
/** Of a longer line this much is shown, around what was looked for. */
const MOST_SHOWN = 500;
const SHOWN_BEFORE = 100;
/** Of all lines together, in characters: one that controls is six times as long in JSON, and many may ask at once. */
const MOST_SHOWN_IN_ALL = 128 * 1024;

/**
 * The lines of an output that hold a text, whatever the case, and what could not be searched.
 * @param limit so many of them, the first; fewer where they are long
 */
export async function findLines(parts: AsyncIterable<OutputPart>, text: string, limit: number): Promise<OutputLines> {
  const search = new LineSearch(text.toLowerCase(), Math.min(limit, MOST_LINES));
  let missing: OutputLines["missing"] = null;
  for await (const part of parts) {
    missing = part.missing;
    search.add(part);
    if (search.isFull) break;
  }
  search.end();
  return { lines: search.lines, more: search.isFull, missing };
}

class LineSearch {
  readonly lines: OutputLines["lines"] = [];
  /** One more was found than may be shown. */
  isFull = false;
  readonly #wanted: string;
  readonly #most: number;
  #shown = 0;
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

  /**
   * @param wanted in small letters
   * @param most lines
   */
  constructor(wanted: string, most: number) {
    [this.#wanted, this.#most] = [wanted, most];
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
    if (this.#place !== null) this.#show(this.#around(this.#place));
    this.#at += this.#bytes;
    [this.#bytes, this.#length, this.#open, this.#start, this.#place] = [0, 0, "", 0, null];
  }

  #show(text: string): void {
    this.#shown += text.length;
    this.isFull ||= this.lines.length === this.#most || this.#shown > MOST_SHOWN_IN_ALL;
    if (!this.isFull) this.lines.push({ number: this.#number, at: this.#at, text });
  }

  #around(place: number): string {
    if (this.#length <= MOST_SHOWN) return this.#open.replace(/\r$/, "");
    const from = Math.min(Math.max(0, place - SHOWN_BEFORE), this.#length - MOST_SHOWN) - this.#start;
    return this.#open.slice(from, from + MOST_SHOWN).toWellFormed();
  }
}
