/** Blanks comments with spaces; line numbers stay. */
export function withoutComments(text: string): string {
  return blank(text, (kind) => kind === "comment");
}

/** Blanks comments and the insides of strings, templates and regular expressions. */
export function withoutStrings(text: string): string {
  return blank(text, () => true);
}

type Kind = "comment" | "string";

function blank(text: string, isBlanked: (kind: Kind) => boolean): string {
  let out = "";
  let at = 0;
  for (const piece of pieces(text)) {
    out += text.slice(at, piece.start);
    const inside = text.slice(piece.start, piece.end);
    out += isBlanked(piece.kind) ? inside.replace(/[^\n]/g, " ") : inside;
    at = piece.end;
  }
  return out + text.slice(at);
}

interface Piece {
  readonly kind: Kind;
  readonly start: number;
  readonly end: number;
}

/** The comments, and the insides of strings, in order. Expressions in templates are code again. */
function* pieces(text: string): Generator<Piece> {
  // Depth of braces at which each template that we are inside of goes on.
  const templates: number[] = [];
  let depth = 0;
  let lastCode = "";
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    const two = text.slice(i, i + 2);
    if (two === "//" || two === "/*") {
      const end = endOfComment(text, i);
      yield { kind: "comment", start: i, end };
      i = end - 1;
    } else if (char === '"' || char === "'" || (char === "/" && startsRegex(lastCode))) {
      const end = endOfQuoted(text, i, char);
      yield { kind: "string", start: i + 1, end };
      i = end;
      lastCode = '"';
    } else if (char === "`" || (char === "}" && templates.at(-1) === depth)) {
      if (char === "}") templates.pop();
      const end = endOfTemplate(text, i + 1);
      yield { kind: "string", start: i + 1, end };
      i = end;
      if (text[end] === "$") {
        templates.push(depth);
        i = end + 1;
      }
      lastCode = text[end] === "$" ? "{" : '"';
    } else {
      if (char === "{") depth++;
      if (char === "}") depth--;
      if (/\S/.test(char)) lastCode = /\w/.test(char) && /\w$/.test(lastCode) && /\w/.test(text[i - 1] ?? "") ? lastCode + char : char;
    }
  }
}

function endOfComment(text: string, start: number): number {
  const end = text[start + 1] === "/" ? text.indexOf("\n", start) : text.indexOf("*/", start + 2) + 2;
  return end < start + 2 ? text.length : end;
}

function endOfQuoted(text: string, start: number, quote: string): number {
  let inClass = false;
  let i = start + 1;
  for (; i < text.length && text[i] !== "\n"; i++) {
    if (text[i] === "\\") i++;
    else if (quote === "/" && text[i] === "[") inClass = true;
    else if (quote === "/" && text[i] === "]") inClass = false;
    else if (text[i] === quote && !inClass) break;
  }
  return i;
}

/** The index of the closing backtick, or of the `$` of the next `${`. */
function endOfTemplate(text: string, start: number): number {
  let i = start;
  for (; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === "`" || text.slice(i, i + 2) === "${") break;
  }
  return i;
}

/** A slash after a value divides; after anything else it begins a regular expression. */
function startsRegex(lastCode: string): boolean {
  return /^(|[^\w)\]}"$.]|return|typeof|case|in|of)$/.test(lastCode);
}
