import { codeOfEntity, LONGEST_NAME, mayBeEntity } from "./entities.ts";

/** What stands for no other character. */
export const PLAIN = 0;
/** What may be an escape once the text goes on. */
export const UNFINISHED = -1;

const PERCENT = 0x25;
const AMPERSAND = 0x26;
const BACKSLASH = 0x5c;
const [BRACE, CLOSED, SEMICOLON, HASH, NINE] = [0x7b, 0x7d, 0x3b, 0x23, 0x39];
const [SMALL_U, LARGE_U, SMALL_X] = [0x75, 0x55, 0x78];
/** Zeros before a number are no end: as many digits as anybody writes. */
const MOST_DIGITS = 8;
const LAST_CODE = 0x10ffff;
/** What C, JSON, Python and shells write with one letter. */
const CONTROLS: Readonly<Record<string, number>> = { a: 7, b: 8, e: 27, f: 12, n: 10, r: 13, t: 9, v: 11 };
const ITSELF = -1;
/** What each of ASCII stands for behind a backslash: what is neither a letter nor a digit for itself; 0: nothing, or there is more to read. */
const AFTER_BACKSLASH = Int8Array.from({ length: 128 }, (_, code) => {
  const letter = String.fromCharCode(code);
  return CONTROLS[letter] ?? (/[a-zA-Z0-9]/.test(letter) ? 0 : ITSELF);
});

/** A code point and how many characters stand for it, in one number: there are millions of them in a long text. */
const pack = (code: number, length: number): number => code * 32 + length;
export const codeOf = (escape: number): number => escape >> 5;
export const lengthOf = (escape: number): number => escape & 31;

/** Whether an escape may begin with this character. */
export function mayBeginEscape(code: number): boolean {
  return code === BACKSLASH || code === PERCENT || code === AMPERSAND;
}

/** Whether a text may hold escapes at all. */
export function mayHoldEscapes(text: string): boolean {
  return text.includes("%") || text.includes("\\") || text.includes("&");
}

/**
 * The escape that begins at this place of a text, whoever wrote it: `codeOf` and `lengthOf` tell of it. Percent escapes (RFC 3986
 * §2.1, and `%u00fc` of JavaScript's `escape`), those with a backslash of JSON (RFC 8259 §7), C, Python, Rust and shells, and
 * entities of HTML.
 */
export function escapeAt(text: string, at: number): number {
  switch (text.charCodeAt(at)) {
    case PERCENT:
      return text.charCodeAt(at + 1) === SMALL_U ? hexAt(text, at, 2, 4) : byteAt(text, at);
    case BACKSLASH:
      return backslashAt(text, at);
    case AMPERSAND:
      return entityAt(text, at);
    default:
      return PLAIN;
  }
}

function backslashAt(text: string, at: number): number {
  if (at + 1 >= text.length) return UNFINISHED;
  const next = text.charCodeAt(at + 1);
  const kind = next < 128 ? AFTER_BACKSLASH[next]! : ITSELF;
  if (kind === ITSELF) return pack(next, 2);
  if (kind > 0) return pack(kind, 2);
  if (next === SMALL_U) return text.charCodeAt(at + 2) === BRACE ? bracedAt(text, at) : hexAt(text, at, 2, 4);
  if (next === LARGE_U) return hexAt(text, at, 2, 8);
  if (next === SMALL_X) return text.charCodeAt(at + 2) === BRACE ? bracedAt(text, at) : byteAt(text, at);
  return next <= NINE ? byteAt(text, at) : PLAIN;
}

/** One byte, or as many as UTF-8 has for one character; a byte that is no part of UTF-8 stands for the character of its number. */
function byteAt(text: string, at: number): number {
  const first = oneByteAt(text, at);
  if (first <= 0 || codeOf(first) < 0xc2 || codeOf(first) > 0xf4) return first;
  const more = codeOf(first) < 0xe0 ? 1 : codeOf(first) < 0xf0 ? 2 : 3;
  let [code, length] = [codeOf(first) & (0x3f >> more), lengthOf(first)];
  for (let n = 0; n < more; n++) {
    const next = at + length < text.length ? oneByteAt(text, at + length) : UNFINISHED;
    if (next === UNFINISHED) return UNFINISHED;
    if (next === PLAIN || codeOf(next) >> 6 !== 2) return first;
    code = (code << 6) | (codeOf(next) & 0x3f);
    length += lengthOf(next);
  }
  return code <= LAST_CODE ? pack(code, length) : first;
}

/** `%c3`, `\xc3`, `\303` or `\0`. */
function oneByteAt(text: string, at: number): number {
  const letter = text.charCodeAt(at);
  if (letter === PERCENT) return hexAt(text, at, 1, 2);
  if (letter !== BACKSLASH) return PLAIN;
  if (at + 1 === text.length) return UNFINISHED;
  return text.charCodeAt(at + 1) === SMALL_X ? hexAt(text, at, 2, 2) : octalAt(text, at);
}

function octalAt(text: string, at: number): number {
  let code = 0;
  for (let n = 1; n <= 3; n++) {
    if (at + n >= text.length) return UNFINISHED;
    const digit = text.charCodeAt(at + n) - 0x30;
    if (!(digit >= 0 && digit <= (n === 1 ? 3 : 7))) return n === 2 && code === 0 ? pack(0, 2) : PLAIN;
    code = code * 8 + digit;
  }
  return pack(code, 4);
}

function hexAt(text: string, at: number, skip: number, digits: number): number {
  let code = 0;
  for (let n = skip; n < skip + digits; n++) {
    if (at + n >= text.length) return UNFINISHED;
    const digit = hexDigit(text.charCodeAt(at + n));
    if (digit < 0) return PLAIN;
    code = code * 16 + digit;
  }
  return code <= LAST_CODE ? pack(code, skip + digits) : PLAIN;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** `\u{fc}` and `\x{fc}`. */
function bracedAt(text: string, at: number): number {
  let code = 0;
  for (let n = at + 3; n <= at + 3 + MOST_DIGITS; n++) {
    if (n >= text.length) return UNFINISHED;
    const digit = hexDigit(text.charCodeAt(n));
    if (digit < 0) return text.charCodeAt(n) === CLOSED && n > at + 3 && code <= LAST_CODE ? pack(code, n + 1 - at) : PLAIN;
    code = code * 16 + digit;
  }
  return PLAIN;
}

function entityAt(text: string, at: number): number {
  if (at + 1 >= text.length) return UNFINISHED;
  if (text.charCodeAt(at + 1) === HASH) return numberedAt(text, at);
  const most = Math.min(text.length, at + 2 + LONGEST_NAME);
  let end = at + 1;
  while (end < most && isNaming(text.charCodeAt(end))) end++;
  if (end === text.length) return mayBeEntity(text.slice(at + 1, end)) ? UNFINISHED : PLAIN;
  if (end === at + 1 || text.charCodeAt(end) !== SEMICOLON) return PLAIN;
  const code = codeOfEntity(text.slice(at + 1, end));
  return code === undefined ? PLAIN : pack(code, end + 1 - at);
}

function isNaming(code: number): boolean {
  return (code >= 0x30 && code <= NINE) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a);
}

/** `&#252;` and `&#xfc;`. */
function numberedAt(text: string, at: number): number {
  const radix = (text.charCodeAt(at + 2) | 0x20) === SMALL_X ? 16 : 10;
  const from = at + (radix === 16 ? 3 : 2);
  let code = 0;
  for (let n = from; n <= from + MOST_DIGITS; n++) {
    if (n >= text.length) return UNFINISHED;
    const digit = hexDigit(text.charCodeAt(n));
    if (digit < 0 || digit >= radix) return text.charCodeAt(n) === SEMICOLON && n > from && code <= LAST_CODE ? pack(code, n + 1 - at) : PLAIN;
    code = code * radix + digit;
  }
  return PLAIN;
}
