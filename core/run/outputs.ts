import type { Clock, Timer } from "../clock/clock.ts";
import type { Pieces } from "../log/redact.ts";
import type { Json } from "../mirror/contract.ts";

/** Long enough that many small lines cost one write, short enough to be live. */
const GATHER_MS = 60;
const GATHER_CHARS = 65_536;

type Stream = "stdout" | "stderr" | "log";

/**
 * Gathers the output of one attempt, and stores it piece by piece, in order and without secrets. A secret is found in each
 * stream by itself: what another stream brings between its halves does not keep it from being known.
 */
export class Output {
  readonly #clock: Clock;
  readonly #redacted: Readonly<Record<Stream, Pieces>>;
  readonly #store: (text: string) => Promise<void>;
  #gathered: { readonly stream: Stream; text: string }[] = [];
  #length = 0;
  #timer: Timer | null = null;
  #isOver = false;
  #storing: Promise<void> = Promise.resolve();

  /**
   * @param redacted takes secrets out of one stream
   * @param store keeps a piece; what it throws is its own concern
   */
  constructor(clock: Clock, redacted: () => Pieces, store: (text: string) => Promise<void>) {
    this.#clock = clock;
    this.#redacted = { stdout: inCharacters(redacted()), stderr: inCharacters(redacted()), log: inCharacters(redacted()) };
    this.#store = store;
  }

  /** Takes text in. A promise asks to wait with more: too much has gathered. */
  add(text: string, stream: Stream = "stdout"): void | Promise<void> {
    if (this.#isOver) return;
    const last = this.#gathered.at(-1);
    if (last?.stream === stream) last.text += text;
    else this.#gathered.push({ stream, text });
    this.#length += text.length;
    if (this.#length >= GATHER_CHARS) return this.#flush();
    this.#timer ??= this.#clock.timer(GATHER_MS, () => void this.#flush());
  }

  /** Takes a line of a log in: warnings and errors by their level. */
  log(level: "debug" | "info" | "warn" | "error", message: string, fields: Json): void | Promise<void> {
    const before = level === "warn" || level === "error" ? `${level.toUpperCase()} ` : "";
    const after = fields !== null && typeof fields === "object" && Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : "";
    return this.add(`${before}${message}${after}\n`, "log");
  }

  /** Takes no more in, and answers when all is stored. */
  async end(): Promise<void> {
    this.#isOver = true;
    void this.#flush();
    await this.#keep(Object.values(this.#redacted).map((redacted) => redacted("", true)));
  }

  #flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    const gathered = this.#gathered;
    [this.#gathered, this.#length] = [[], 0];
    return this.#keep(gathered.map(({ stream, text }) => this.#redacted[stream](text, false)));
  }

  #keep(texts: readonly string[]): Promise<void> {
    const text = texts.join("");
    if (text !== "") this.#storing = this.#storing.then(() => this.#store(text));
    return this.#storing;
  }
}

/** The two halves of a character may come in two pieces. */
function inCharacters(pieces: Pieces): Pieces {
  let half = "";
  return (piece, isLast) => {
    const text = half + piece;
    const length = !isLast && /[\uD800-\uDBFF]$/.test(text) ? text.length - 1 : text.length;
    half = text.slice(length);
    return pieces(text.slice(0, length), isLast);
  };
}
