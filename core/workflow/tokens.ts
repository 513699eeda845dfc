/** A word, a literal, or one sign of a TypeScript source. */
export interface Token {
  /** Where it begins. */
  readonly at: number;
  readonly text: string;
}

const WORD = /[\p{ID_Start}$_#][\p{ID_Continue}$]*/uy;
const NUMBER = /\d[\w.]*/y;
const TRIVIA = /(?:\s+|\/\/.*|\/\*[^]*?\*\/)+/y;
const STRING = /"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'/y;
const PATTERN = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y;
const BEFORE_PATTERN = /^(?:[^\w$)\]}"'`]|return|typeof|case|in|of|void|throw|new|else|await|yield)$/;

/** The tokens of a source without its comments. Template literals are one token each. Never throws: what is no code becomes signs. */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  for (let at = skip(TRIVIA, source, 0); at < source.length; at = skip(TRIVIA, source, at)) {
    const end = endOf(source, at, tokens.at(-1)?.text);
    tokens.push({ at, text: source.slice(at, end) });
    at = end;
  }
  return tokens;
}

function endOf(source: string, at: number, before: string | undefined): number {
  if (source[at] === "`") return endOfTemplate(source, at + 1);
  for (const kind of [WORD, NUMBER, STRING]) {
    const end = skip(kind, source, at);
    if (end > at) return end;
  }
  const mayBePattern = source[at] === "/" && (before === undefined || BEFORE_PATTERN.test(before));
  return Math.max(mayBePattern ? skip(PATTERN, source, at) : at, at + 1);
}

/** @param at behind the opening backtick */
function endOfTemplate(source: string, at: number): number {
  for (let i = at; i < source.length; i += 1) {
    if (source[i] === "\\") i += 1;
    else if (source[i] === "`") return i + 1;
    else if (source.startsWith("${", i)) i = endOfHole(source, i + 2) - 1;
  }
  return source.length;
}

/** @param at behind `${` */
function endOfHole(source: string, at: number): number {
  let depth = 1;
  let before: string | undefined;
  for (let i = skip(TRIVIA, source, at); i < source.length; i = skip(TRIVIA, source, i)) {
    const end = endOf(source, i, before);
    before = source.slice(i, end);
    i = end;
    if (before === "{") depth += 1;
    if (before === "}" && (depth -= 1) === 0) return end;
  }
  return source.length;
}

function skip(pattern: RegExp, source: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(source) ? pattern.lastIndex : at;
}
