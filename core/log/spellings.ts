import { undoneWholly } from "./readings.ts";

/** A piece of base64 shorter than this may be anything, and so may what is left of a secret without its escapes. */
const SHORTEST_PIECE = 6;
/** A shorter line of a key gives nothing away, and may stand in any text. */
const SHORTEST_LINE = 12;
/** A key of 16,384 bits has so many. */
const MOST_LINES = 200;

/** The ways in which a secret may stand in a text, or in one whose escapes are undone. */
export function spellingsOf(secret: string): string[] {
  const hex = Buffer.from(secret).toString("hex");
  const base64 = base64Pieces(secret);
  return [...new Set([...plainly(secret), ...linesOf(secret).flatMap(plainly), ...base64, hex, hex.toUpperCase(), ...inBytes(hex), ...inLines(hex, base64)])];
}

/** As it is, with blanks as forms write them, within quotes, as it stands in addresses, and what undoing all escapes leaves of these. */
export function plainly(secret: string): string[] {
  const written = [...[secret, secret.replaceAll(" ", "+")].flatMap(inQuotes), ...asWritten(secret)];
  return [...new Set([...written, ...written.map(undoneWholly).filter((left) => left.trim().length >= SHORTEST_PIECE)])];
}

/** As it is; with its quotes doubled, as in SQL, CSV and PowerShell; with quotes left and entered anew, as in shells: `'\''` without its backslash, and Python's `'"'"'`. */
function inQuotes(secret: string): string[] {
  return [secret, secret.replaceAll("'", "''"), secret.replaceAll('"', '""'), secret.replaceAll("'", "'''"), secret.replaceAll("'", `'"'"'`)];
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

/** Those of a key, each by itself: they are indented, wrapped and put between quotes as it is printed. */
function linesOf(secret: string): string[] {
  const lines = secret.split(/[\r\n]+/).map((line) => line.trim());
  return lines.length > 1 ? lines.filter((line) => line.length >= SHORTEST_LINE).slice(0, MOST_LINES) : [];
}

/**
 * Who writes it into an address as it is has it read as more than one part, or a `\` as a `/`
 * (https://url.spec.whatwg.org/#url-parsing). What is left out of it, such as `a/..`, may leave next to nothing.
 */
function asWritten(secret: string): string[] {
  // Half a surrogate pair cannot be encoded; no address can hold it either.
  if (!secret.isWellFormed()) return [];
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
