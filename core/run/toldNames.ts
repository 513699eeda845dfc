import { REDACTED } from "../log/redact.ts";

/** More of them are not remembered: a run keeps no more artifacts, and shows fewer phases. */
const MOST_REMEMBERED = 5_000;
/** What stands where something was taken out of a name. A name without them is told as it is, and no other is told as that. */
const MARKS = [REDACTED, "\ufffd"];

/** The names that an attempt gives to what it shows, without secrets: names that differ stay different names. */
export class ToldNames {
  readonly #redacted: (text: string) => string;
  /** By the names that were given. */
  readonly #told = new Map<string, string>();
  readonly #taken = new Set<string>();
  /** How many had become alike. */
  readonly #alike = new Map<string, number>();

  /** @param redacted takes secrets out of a text, and leaves marks for them */
  constructor(redacted: (text: string) => string) {
    this.#redacted = redacted;
  }

  /** The name as it may be seen: the same for the same one, and with a number behind it where another is the same. */
  of(name: string): string {
    const before = this.#told.get(name);
    if (before !== undefined) return before;
    const text = this.#redacted(name.toWellFormed());
    if (!MARKS.some((mark) => text.includes(mark))) return text;
    let count = this.#alike.get(text) ?? 0;
    let told: string;
    do told = ++count === 1 ? text : `${text} (${count})`;
    while (this.#taken.has(told));
    if (this.#alike.has(text) || this.#alike.size < MOST_REMEMBERED) this.#alike.set(text, count);
    if (this.#told.size < MOST_REMEMBERED) {
      this.#told.set(name, told);
      this.#taken.add(told);
    }
    return told;
  }
}
