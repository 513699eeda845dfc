import { inspect } from "node:util";

/** A piece of base64 shorter than this may be anything. */
const SHORTEST_PIECE = 6;
/** A shorter line of a key gives nothing away, and may stand in any text. */
const SHORTEST_LINE = 12;
/** A key of 16,384 bits has so many. */
const MOST_LINES = 200;

/** The ways in which a secret may stand in a text. */
export function spellingsOf(secret: string): string[] {
  const hex = Buffer.from(secret).toString("hex");
  const base64 = base64Pieces(secret);
  return [...new Set([...plainly(secret), ...linesOf(secret).flatMap(plainly), ...base64, hex, hex.toUpperCase(), ...inBytes(hex), ...inLines(hex, base64)])];
}

/** Byte by byte, as Node shows a Buffer and others dump one. */
function inBytes(hex: string): string[] {
  const bytes = hex.match(/../g)!;
  return [bytes.join(" "), bytes.join(":")];
}

/** From its beginning on, as xxd, openssl, base64 and MIME break what is long. */
function inLines(hex: string, [base64 = ""]: readonly string[]): string[] {
  const broken = ([text, columns, end]: readonly [string, number, string]): string[] => (text.length > columns ? [text.replace(new RegExp(`.{${columns}}(?=.)`, "g"), `$&${end}`)] : []);
  return ([[hex, 60, "\n"], [base64, 64, "\n"], [base64, 76, "\n"], [base64, 76, "\r\n"]] as const).flatMap(broken);
}

/** As it is, and escaped for addresses, JSON and objects. */
export function plainly(secret: string): string[] {
  const json = inJson(secret);
  return [secret, ...urlEncoded(secret), json, inJson(json), ...inJsonOfOthers(secret), inObject(secret)];
}

/** Those of a key, each by itself: they are indented, wrapped and put between quotes as it is printed. */
function linesOf(secret: string): string[] {
  const lines = secret.split(/[\r\n]+/).map((line) => line.trim());
  return lines.length > 1 ? lines.filter((line) => line.length >= SHORTEST_LINE).slice(0, MOST_LINES) : [];
}

/** As console.log shows a text in an object. */
function inObject(text: string): string {
  return inspect(text, { breakLength: Infinity }).slice(1, -1);
}

/** Twice where JSON stands within JSON, as in a log of requests. */
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** JSON as others write it: Python and PHP, Go and Rails, Gson, .NET. */
function inJsonOfOthers(text: string): string[] {
  const json = inJson(text);
  const php = json.replaceAll("/", "\\/");
  const units = (letters: RegExp, written = json): string => written.replace(letters, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const dotnet = units(/[+&<>'`\u007f-\uffff]/g, json.replaceAll('\\"', "\\u0022")).replace(/(?<=\\u)[0-9a-f]{4}/g, (hex) => hex.toUpperCase());
  return [php, units(/[\u0080-\uffff]/g), units(/[\u0080-\uffff]/g, php), units(/[<>&\u2028\u2029]/g), units(/[<>&='\u2028\u2029]/g), dotnet];
}

/**
 * What those who write addresses leave as it is, besides letters and digits. Parts of an address after the URL standard
 * (https://url.spec.whatwg.org/#percent-encoded-bytes), which Node follows but for the `^` of a path.
 */
const LEFT_IN_ADDRESSES = {
  unreserved: /[-._~]/,
  encodeURIComponent: /[-._~!*'()]/,
  encodeURI: /[-._~!*'();/?:@&=+$,#]/,
  form: /[-._*]/,
  // Python's quote; Go's PathEscape and its user and password.
  quote: /[-._~/]/,
  pathEscape: /[-._~$&+=:@]/,
  goUserinfo: /[-._~$&+,;=]/,
  userinfo: /[^ "#<>?^`{}/:;=@[\\\]|]/,
  path: /[^ "#<>?^`{}]/,
  nodePath: /[^ "#<>?`{}]/,
  query: /[^ "#<>]/,
  specialQuery: /[^ "#<>']/,
  fragment: /[^ "<>`]/,
};

function urlEncoded(secret: string): string[] {
  // Half a surrogate pair cannot be encoded; no address can hold it either.
  if (!secret.isWellFormed()) return [];
  const encoded = Object.values(LEFT_IN_ADDRESSES).map((left) => percentEncoded(secret, left));
  return [...encoded, ...encoded.map((text) => text.replaceAll("%20", "+")), ...asWritten(secret)];
}

function percentEncoded(text: string, left: RegExp): string {
  const encoded = (letter: string): string => [...Buffer.from(letter)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
  return text.replace(/[^a-zA-Z0-9]/gu, (letter) => (letter >= "!" && letter <= "~" && left.test(letter) ? letter : encoded(letter)));
}

/** Who writes it into an address as it is has it read as more than one part, or a `\` as a `/`. What is left out of it, such as `a/..`, may leave next to nothing. */
function asWritten(secret: string): string[] {
  const parsed = ["http://h/", "x://h/", "http://h/?", "x://h/?"].map((start) => new URL(`${start}${secret}`).href.slice(start.length));
  const { pathname } = Object.assign(new URL("http://h/"), { pathname: secret });
  return [...parsed, pathname.slice(1)].filter(({ length }) => length >= secret.length);
}

/**
 * Base64 packs three bytes into four letters, so that a secret inside a longer text ("user:secret") comes out in one of three
 * ways. Letters at both ends that depend on the neighbours are left out.
 */
function base64Pieces(secret: string): string[] {
  const pieces = [0, 1, 2].map((shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)]);
    const own = Math.floor((bytes.length * 8) / 6);
    return bytes.toString("base64").slice(Math.ceil((shift * 8) / 6), own);
  });
  return pieces.filter((piece) => piece.length >= SHORTEST_PIECE).flatMap((piece) => [piece, piece.replaceAll("+", "-").replaceAll("/", "_")]);
}
