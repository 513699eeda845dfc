import type { Clock, Timer } from "../clock/clock.ts";
import type { Pieces } from "../log/redact.ts";
import type { Json } from "../mirror/contract.ts";

/** Long enough that many small lines cost one write, short enough to be live. */
const GATHER_MS = 60;
const GATHER_CHARS = 65_536;

/** Gathers the output of one attempt, and stores it piece by piece, in order and without secrets. */
export class Output {
  readonly #clock: Clock;
  readonly #redacted: Pieces;
  readonly #store: (text: string) => Promise<void>;
  #text = "";
  #timer: Timer | null = null;
  #isOver = false;
  #storing: Promise<void> = Promise.resolve();

  /** @param store keeps a piece; what it throws is its own concern */
  constructor(clock: Clock, redacted: Pieces, store: (text: string) => Promise<void>) {
    this.#clock = clock;
    this.#redacted = redacted;
    this.#store = store;
  }

  /** Takes text in. A promise asks to wait with more: too much has gathered. */
  add(text: string): void | Promise<void> {
    if (this.#isOver) return;
    this.#text += text;
    if (this.#text.length >= GATHER_CHARS) return this.#flush();
    this.#timer ??= this.#clock.timer(GATHER_MS, () => void this.#flush());
  }

  /** Takes a line of a log in: warnings and errors by their level. */
  log(level: "debug" | "info" | "warn" | "error", message: string, fields: Json): void | Promise<void> {
    const before = level === "warn" || level === "error" ? `${level.toUpperCase()} ` : "";
    const after = fields !== null && typeof fields === "object" && Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : "";
    return this.add(`${before}${message}${after}\n`);
  }

  /** Takes no more in, and answers when all is stored. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#flush(true);
  }

  #flush(isLast = false): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    // The two halves of a character may come in two pieces.
    const length = !isLast && /[\uD800-\uDBFF]$/.test(this.#text) ? this.#text.length - 1 : this.#text.length;
    const text = this.#redacted(this.#text.slice(0, length), isLast);
    this.#text = this.#text.slice(length);
    if (text !== "") this.#storing = this.#storing.then(() => this.#store(text));
    return this.#storing;
  }
}
