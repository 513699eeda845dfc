import { StringDecoder } from "node:string_decoder";

/** Cuts a stream of bytes into lines, without their ends. */
export class LineReader {
  readonly #decoder = new StringDecoder("utf8");
  readonly #longest: number;
  #pieces: string[] = [];
  #length = 0;

  /** @param longest characters that a line may have */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /**
   * The lines that end in these bytes.
   * @throws when a line is too long
   */
  take(bytes: Buffer): string[] {
    const [first, ...rest] = this.#decoder.write(bytes).split("\n");
    this.#add(first!);
    return rest.map((next) => {
      const line = this.#pieces.join("");
      this.#pieces = [];
      this.#length = 0;
      this.#add(next);
      return line;
    });
  }

  #add(piece: string): void {
    this.#length += piece.length;
    if (this.#length > this.#longest) throw new Error(`a line of more than ${this.#longest} characters`);
    if (piece !== "") this.#pieces.push(piece);
  }
}

/** A line for the control pipe. `json` is a text without line breaks. */
export function toLine(thread: number, json: string): string {
  return `${thread} ${json}\n`;
}

/** Takes such a line apart. */
export function fromLine(line: string): { readonly thread: number; readonly json: string } {
  const end = line.indexOf(" ");
  return { thread: Number(line.slice(0, end)), json: line.slice(end + 1) };
}
