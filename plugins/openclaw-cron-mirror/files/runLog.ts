/** The log of a job's runs, `cron/runs/<job>.jsonl`, read from its end in pieces: it may be long, and it may be being written. */
import { join } from "node:path";
import { weigh } from "../weight.ts";
import { openFile, type OpenFile, type Owner } from "./readFile.ts";

const PIECE = 64 * 1024;
/** A run's output may be 16 MiB, and JSON writes some characters as six. A longer line is passed over. */
const LONGEST_LINE = 24 * 1024 * 1024;
/** As `weigh` tells it: of what is mostly text, no more than the longest line. */
const HEAVIEST_LINE = 2 * LONGEST_LINE;
/** So much of the end of a log is looked at: OpenClaw cuts it to its newest lines, and a file with holes may seem endless. */
const LONGEST_LOG = 64 * 1024 * 1024;
const MOST_LINES = 100;
/** A page ends with the line that makes it this long. */
const ENOUGH = 512 * 1024;

export interface LogPage {
  /** Parsed lines, newest first; what is no JSON is left out, such as a line that is just being written. */
  readonly entries: readonly unknown[];
  /** Where the next (older) page begins; null: there is none. */
  readonly next: string | null;
}

/** Where a job's log lies; null for an id that could lead out of the folder, which OpenClaw never gives. */
export function runLogPath(runsFolder: string, jobId: string): string | null {
  return /[/\\\0]/.test(jobId) || [".", ".."].includes(jobId) ? null : join(runsFolder, `${jobId}.jsonl`);
}

/**
 * Reads one page.
 * @param cursor `next` of the page before, or null for the newest one. When the log was written anew meanwhile (OpenClaw
 * cuts it to its newest lines), reading begins at its end again: a run that comes twice is still one run.
 * @param owner whose file it has to be
 * @param signal ends the reading, between two pieces
 * @throws UnreadableFile, and the signal's reason
 */
export async function readRunLog(path: string, cursor: string | null, owner: Owner, signal?: AbortSignal): Promise<LogPage> {
  await using file = await openFile(path, owner);
  if (file === null) return { entries: [], next: null };
  const [inode, position] = cursor?.split("@").map(Number) ?? [];
  const same = inode === file.stat.ino && position! <= file.stat.size;
  const lines = new LinesFromEnd(file, same ? position! : file.stat.size, signal);
  const entries: unknown[] = [];
  for (let bytes = 0, count = 0; count < MOST_LINES && bytes < ENOUGH; count++) {
    const line = await lines.before();
    if (line === undefined) break;
    const text = line?.toString();
    const weight = text === undefined ? LONGEST_LINE : weigh(text);
    bytes += weight;
    const entry = weight > HEAVIEST_LINE ? undefined : parse(text);
    if (entry !== undefined) entries.push(entry);
  }
  return { entries, next: lines.isOver ? null : `${file.stat.ino}@${lines.position}` };
}

/** Gives the lines of a file from its end to its start, or as far back as is looked. */
class LinesFromEnd {
  readonly #file: OpenFile;
  readonly #signal: AbortSignal | undefined;
  readonly #first: number;
  /** Bytes from `#start`, of which all behind `position` are done. */
  #bytes = Buffer.alloc(0);
  #start: number;
  /** Where the line that was given last begins. */
  position: number;

  constructor(file: OpenFile, end: number, signal: AbortSignal | undefined) {
    this.#file = file;
    this.#signal = signal;
    this.#first = Math.max(0, file.stat.size - LONGEST_LOG);
    this.#start = this.position = end;
  }

  /** Whether no line is left. */
  get isOver(): boolean {
    return this.position <= this.#first;
  }

  /** The line before; null for one that is too long or reaches further back than is looked, undefined where none is left. */
  async before(): Promise<Buffer | null | undefined> {
    if (this.isOver) return undefined;
    let tooLong = false;
    let searched = 1; // the newline that ends the line itself
    for (;;) {
      const held = this.position - this.#start;
      const newline = held > searched ? this.#bytes.lastIndexOf(10, held - searched - 1) : -1;
      if (newline !== -1 || this.#start <= this.#first) {
        this.position = this.#start + newline + 1;
        const isCut = newline === -1 && this.#first > 0;
        return tooLong || isCut ? null : this.#bytes.subarray(newline + 1, held);
      }
      searched = Math.max(searched, held);
      if (held > LONGEST_LINE) {
        // From here on only its beginning is looked for.
        tooLong = true;
        searched = 0;
        this.position = this.#start;
      }
      await this.#more();
    }
  }

  /** Puts the piece before in front, growing so that a long line is not copied over and over. */
  async #more(): Promise<void> {
    this.#signal?.throwIfAborted();
    const held = this.#bytes.subarray(0, this.position - this.#start);
    const length = Math.min(this.#start - this.#first, Math.max(PIECE, held.length));
    const piece = Buffer.allocUnsafe(length);
    const { bytesRead } = await this.#file.handle.read(piece, 0, length, this.#start - length);
    // Cut short while it is read: what is missing is nobody's line.
    this.#bytes = Buffer.concat([piece.fill(10, bytesRead), held]);
    this.#start -= length;
  }
}

function parse(line: string | undefined): unknown {
  try {
    return line === undefined || line.length === 0 ? undefined : JSON.parse(line);
  } catch {
    return undefined;
  }
}
