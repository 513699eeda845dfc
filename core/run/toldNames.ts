/** More of them are not remembered: a run keeps no more artifacts, and shows fewer phases. */
const MOST_REMEMBERED = 5_000;

/** The names that an attempt gives to what it shows, without secrets: names that differ stay different names. */
export class ToldNames {
  readonly #redacted: (text: string) => string;
  /** By the names that had a secret. */
  readonly #told = new Map<string, string>();
  /** How many had become alike. */
  readonly #alike = new Map<string, number>();

  /** @param redacted takes secrets out of a text */
  constructor(redacted: (text: string) => string) {
    this.#redacted = redacted;
  }

  /** The name as it may be seen: the same for the same one, and with a number behind it where another has become the same. */
  of(name: string): string {
    const before = this.#told.get(name);
    if (before !== undefined) return before;
    const text = this.#redacted(name.toWellFormed());
    if (text === name) return text;
    const count = (this.#alike.get(text) ?? 0) + 1;
    const told = count === 1 ? text : `${text} (${count})`;
    if (count === 1 && this.#alike.size >= MOST_REMEMBERED) return told;
    this.#alike.set(text, count);
    if (this.#told.size < MOST_REMEMBERED) this.#told.set(name, told);
    return told;
  }
}
