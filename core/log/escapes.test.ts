import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { codeOf, escapeAt, lengthOf, PLAIN, UNFINISHED } from "./escapes.ts";
import { createRedactor, REDACTED } from "./redact.ts";

type Write = (text: string) => string;

const inUnits = (write: (unit: number) => string, letters = /[^a-zA-Z0-9]/g): Write => (text) => text.replace(letters, (unit) => write(unit.charCodeAt(0)));
const inPoints = (write: (point: number) => string, letters = /[^a-zA-Z0-9]/gu): Write => (text) => text.replace(letters, (letter) => write(letter.codePointAt(0)!));
const inBytes = (write: (byte: number) => string, letters = /[^a-zA-Z0-9]/gu): Write => (text) => text.replace(letters, (letter) => Array.from(Buffer.from(letter), write).join(""));
const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, "0");
const html = (text: string, quote: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", quote);

/** Each as one program or another writes a text. */
const WRITERS: Readonly<Record<string, Write>> = {
  "nobody who escapes": (text) => text,
  JSON: (text) => JSON.stringify(text).slice(1, -1),
  "JSON of PHP": (text) => inUnits((unit) => `\\u${hex(unit, 4)}`, /[\u0080-\uffff]/g)(JSON.stringify(text).slice(1, -1).replaceAll("/", "\\/")),
  "JSON of .NET": inUnits((unit) => `\\u${hex(unit, 4).toUpperCase()}`),
  "JSON in which each letter is escaped": inUnits((unit) => `\\u${hex(unit, 4)}`, /[^]/g),
  "an object that Node shows": (text) => inspect(text, { breakLength: Infinity }).slice(1, -1),
  "Rust and JavaScript": inPoints((point) => `\\u{${hex(point, 1)}}`),
  "Python, in eight digits": inPoints((point) => `\\U${hex(point, 8)}`),
  "C, in hex": inBytes((byte) => `\\x${hex(byte, 2)}`),
  "C, in octal": inBytes((byte) => `\\${byte.toString(8).padStart(3, "0")}`),
  Perl: inPoints((point) => `\\x{${hex(point, 2)}}`),
  "a shell with backslashes": (text) => text.replace(/[^a-zA-Z0-9\u0080-\uffff]/g, "\\$&"),
  "encodeURIComponent": encodeURIComponent,
  encodeURI,
  "an address with all in small letters": inBytes((byte) => `%${hex(byte, 2)}`, /[^]/gu),
  "a form": (text) => new URLSearchParams([["", text]]).toString().slice(1),
  "JavaScript's escape": inUnits((unit) => (unit > 0xff ? `%u${hex(unit, 4)}` : `%${hex(unit, 2)}`)),
  "Python's html.escape": (text) => html(text, "&#x27;"),
  "PHP's htmlspecialchars": (text) => html(text, "&#039;"),
  "HTML in numbers": inPoints((point) => `&#${point};`),
  "HTML in hex": inPoints((point) => `&#X${hex(point, 6)};`),
  "HTML in names": (text) => html(text, "&apos;").replaceAll("ü", "&uuml;").replaceAll("ß", "&szlig;").replaceAll("/", "&sol;").replaceAll("+", "&plus;").replaceAll("=", "&equals;").replaceAll("\n", "&NewLine;"),
};
/** These are undone in the first reading: what stands around them is no quote of theirs. */
const QUOTERS: Readonly<Record<string, Write>> = {
  "a shell with quotes": (text) => text.replaceAll("'", "'\\''"),
  "Python's shlex": (text) => text.replaceAll("'", `'"'"'`),
  SQL: (text) => text.replaceAll("'", "''"),
  CSV: (text) => text.replaceAll('"', '""'),
  "base64 in base64url": (text) => Buffer.from(text).toString("base64url"),
  base64: (text) => Buffer.from(text).toString("base64"),
  hex: (text) => Buffer.from(text).toString("hex"),
};

const SECRETS = {
  "of ASCII": `Zk3/+="'<>&\\x y(1)`,
  "with umlauts": "Grün&Weiß+7/<x>=\"'ü",
  "with emoji": "päss😀word🔑/1",
  "of several lines": 'first "line"\nsecond\\line\r\n\tthird €',
  "that looks like what is escaped": String.raw`100%25\n&amp;\u0041"x`,
};

const around = (text: string): string => `it says «${text}» to all`;
/** What base64 and hex may leave: letters that hold bits of the neighbours, and padding, itself escaped. */
const HIDDEN = /^it says «(?:[\w%\\{}&#;=]{0,4})\[redacted\](?:[\w%\\{}&#;=-]{0,40})» to all$/;

function inPieces(pieces: (text: string, isLast: boolean) => string, text: string, size: number, first = size): string {
  let shown = pieces(text.slice(0, first), false);
  for (let at = first; at < text.length; at += size) shown += pieces(text.slice(at, at + size), false);
  return shown + pieces("", true);
}

describe.each(Object.entries(SECRETS))("a secret %s", (_, secret) => {
  const redactor = createRedactor({ DEPLOY_TOKEN: secret });

  test.each(Object.entries(WRITERS))("is hidden as it is written by %s, wherever it is cut", (_, write) => {
    const text = around(write(secret));
    expect(redactor.text(text)).toBe(around(REDACTED));
    for (let cut = 0; cut <= text.length; cut++) expect(inPieces(redactor.pieces(), text, text.length, cut)).toBe(around(REDACTED));
    expect(inPieces(redactor.pieces(), text, 1)).toBe(around(REDACTED));
  });

  test.each(Object.entries(WRITERS))("is hidden as what others wrote is written by %s", (_, outer) => {
    for (const [name, inner] of Object.entries(WRITERS)) {
      const text = around(outer(inner(secret)));
      expect(redactor.text(text), name).toBe(around(REDACTED));
      expect(inPieces(redactor.pieces(), text, 1), name).toBe(around(REDACTED));
    }
    for (const [name, inner] of Object.entries(QUOTERS)) {
      const text = around(outer(inner(secret)));
      expect(redactor.text(text), name).toMatch(HIDDEN);
      expect(inPieces(redactor.pieces(), text, 7), name).toBe(redactor.text(text));
    }
  });
});

test("of what is escaped otherwise nothing is hidden, and each byte stays", () => {
  const redactor = createRedactor({ DEPLOY_TOKEN: SECRETS["of ASCII"], API_KEY: SECRETS["with emoji"] });
  const texts = [String.raw`C:\new\table\x\u12 100% %zz %c3 &amp &nosuch; &#; &#x; \u{} \u{110000}; \777 \ud83d`, JSON.stringify({ a: 'said "no"\n', b: "päss😀wort" }), "a%20b+c%C3%BC%ff%fe&uuml;&#128512;", "\\", "%", "&", "%e2%82", "\\ud83d", "🔑\ud83d"];
  for (const text of texts) {
    expect(redactor.text(text)).toBe(text);
    for (const size of [1, 2, 3, 5]) expect(inPieces(redactor.pieces(), text, size)).toBe(text);
  }
});

test("what ends a piece waits as long as it may be an escape, and no longer", () => {
  const take = createRedactor({ API_TOKEN: "hunter-2-for-ever" }).pieces();
  expect(["100 %", " done?", "C:\\", "dir> ", "R&D", " &am", "p; &a b", "\\u{0", "0000000000", "Name: "].map((piece) => take(piece, false))).toEqual(["100 ", "% done?", "C:", "\\dir> ", "R&D", " ", "&amp; &a b", "", "\\u{00000000000", "Name: "]);
});

test.each(["%", "\\", "&", "…", "%25", "\\\\u00", "\\u00", "\\u{", "&#", "&#x", "&am", "&amp;", "%c3", "%f0%9f%98", "\\303", "\\ud83d", "deadbeef", "hunter-2-for-eve", "%68unter-2-", "hunter-2…"])("of a text of nothing but %j each place is read a few times at most", (unit) => {
  const steps = (length: number): number => {
    let read = 0;
    const text = unit.repeat(length);
    const counted = { length: text.length, charCodeAt: (at: number) => (read++, text.charCodeAt(at)), slice: (from: number, to: number) => (read += to - from, text.slice(from, to)) };
    for (let at = 0; at < text.length; at++) escapeAt(counted as string, at);
    return read / text.length;
  };
  expect(steps(2_000)).toBeLessThan(20);
  // What waits for its end is bounded, too.
  const take = createRedactor({ API_TOKEN: "hunter-2-for-ever" }).pieces();
  let [given, shown] = [0, 0];
  for (let n = 0; n < 200; n++) {
    const piece = unit.repeat(20);
    [given, shown] = [given + piece.length, shown + take(piece, false).replaceAll(REDACTED, "hunter-2").length];
    expect(given - shown).toBeLessThan(given / 2 + 200);
  }
});

test("an escape says what it stands for and how long it is", () => {
  const read = (text: string): unknown => {
    const escape = escapeAt(text, 0);
    return escape === PLAIN ? "plain" : escape === UNFINISHED ? "unfinished" : [String.fromCodePoint(codeOf(escape)), lengthOf(escape)];
  };
  expect(["%c3%bc", "%FC!", "\\303\\274", "\\xf0\\x9f\\x98\\x80", "\\u{1f600}", "&Uuml;", "&#x00002F;", "\\/", "\\e[", "\\0;"].map(read)).toEqual([["ü", 6], ["ü", 3], ["ü", 8], ["😀", 16], ["😀", 9], ["Ü", 6], ["/", 10], ["/", 2], ["\u001b", 2], ["\0", 2]]);
  expect(["a", "%g0", "\\q", "\\8", "\\u{110000}", "&;", "&#;", "&Uuuml;", "\\U00110000", "&#x000000000;"].map(read)).toEqual(Array(10).fill("plain"));
  expect(["%", "%c3", "%c3%b", "\\", "\\u00f", "\\u{", "\\30", "&", "&uum", "&#", "&#x2", "\\xf0\\x9f\\"].map(read)).toEqual(Array(12).fill("unfinished"));
});

test("what waits begins with a whole escape, however else it may be read", () => {
  // As it stands the text may go on as the first secret, from the second backslash on; with its escapes undone it is the other one.
  const redactor = createRedactor({ API_TOKEN: String.raw`\n%2525256f-key`, DB_PASSWORD: "n%25256f-bar" });
  const text = String.raw`\\n%2525256f-bar`;
  expect(redactor.text(text)).toBe(String.raw`\\[redacted]`);
  for (let cut = 0; cut <= text.length; cut++) expect(inPieces(redactor.pieces(), text, text.length, cut)).toBe(String.raw`\\[redacted]`);
});
