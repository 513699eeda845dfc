import { tokensOf, type Token } from "./tokens.ts";

/** Line and column, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A value in the source, by numbers of tokens. */
interface Written {
  /** Where people look for it: at its key, or at the call around it. */
  readonly shown: number;
  /** Where it begins. */
  readonly value: number;
}

/** How often a name or a call may stand for another value. */
const MOST_HOPS = 8;

/** Where parts of workflows and operations stand in their author's source, which is read once, and only when the first is asked for. */
export class Places {
  readonly #source: string;
  #read: { readonly reader: Reader; readonly tokens: readonly Token[]; readonly lines: readonly number[] } | null = null;

  constructor(source: string) {
    this.#source = source;
  }

  /**
   * Where a part stands, as far as the text tells: through object and list literals, calls around them, and names declared in the
   * same file. Otherwise the nearest part around it.
   * @param path as validation names it: `steps.1.retries`
   * @param nth which of several operations
   */
  of(kind: "workflow" | "operation", path: string, nth = 0): Place {
    const { reader, tokens, lines } = (this.#read ??= readAll(this.#source));
    let found = reader.definition(kind, nth);
    for (const key of path === "" ? [] : path.split(".")) {
      const part = reader.part(found, key);
      if (!part) break;
      found = part;
    }
    const at = tokens[found.shown]?.at ?? 0;
    const line = lastUpTo(lines, at);
    return { line: line + 1, column: at - lines[line]! + 1 };
  }
}

function readAll(source: string) {
  const tokens = tokensOf(source);
  const lines = [0];
  for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) lines.push(at + 1);
  return { reader: new Reader(tokens.map(({ text }) => text)), tokens, lines };
}

/** The place of the last of these numbers, which grow, that is no greater. The first is 0. */
function lastUpTo(numbers: readonly number[], most: number): number {
  let [from, to] = [0, numbers.length];
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if (numbers[middle]! <= most) from = middle;
    else to = middle;
  }
  return from;
}

/** Reads just enough of TypeScript to find keys and items. What it has found once it knows. */
class Reader {
  readonly #tokens: readonly string[];
  readonly #definitions = new Map<string, Written>();
  readonly #calls = new Map<string, readonly number[]>();
  /** By where an object or a list begins. */
  readonly #parts = new Map<number, ReadonlyMap<string, Written>>();
  readonly #names = new Map<string, number | undefined>();

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  /** What is given to the nth `defineWorkflow` or `defineOperation`, or what is exported without them. */
  definition(kind: "workflow" | "operation", nth: number): Written {
    return known(this.#definitions, `${kind} ${nth}`, () => this.#definition(kind, nth));
  }

  /** A key of an object, or an item of a list; undefined when the text does not show it. */
  part({ value }: Written, key: string): Written | undefined {
    const literal = this.#literal(value);
    return literal === undefined ? undefined : known(this.#parts, literal, () => this.#partsOf(literal)).get(key);
  }

  #definition(kind: "workflow" | "operation", nth: number): Written {
    const define = kind === "workflow" ? "defineWorkflow" : "defineOperation";
    const calls = known(this.#calls, define, () => this.#tokens.flatMap((text, i) => (text === define && ["(", "<"].includes(this.#text(i + 1)) ? [i] : [])));
    const call = calls[nth];
    if (call !== undefined) return { shown: call, value: call };
    const [one, several] = [this.#declared(kind), this.#declared(`${kind}s`)];
    if (one !== undefined) return { shown: one, value: one };
    return (several === undefined ? undefined : this.part({ shown: several, value: several }, String(nth))) ?? { shown: -1, value: -1 };
  }

  /** Of two with one key the first. */
  #partsOf(literal: number): Map<string, Written> {
    const parts = new Map<string, Written>();
    const isObject = this.#text(literal) === "{";
    let i = literal + 1;
    for (let index = 0; i < this.#tokens.length && !/^[\]}]$/.test(this.#text(i)); index += 1) {
      const at = isObject && this.#isModifier(i) ? i + 1 : i;
      const key = isObject ? unquoted(this.#text(at)) : String(index);
      if (!parts.has(key)) parts.set(key, { shown: at, value: isObject && this.#text(at + 1) === ":" ? at + 2 : at });
      i = this.#behindItem(i);
    }
    return parts;
  }

  /** The `{` or `[` that a value comes to, through calls such as defineWorkflow(…) and names. */
  #literal(value: number): number | undefined {
    let i: number | undefined = value;
    for (let hop = 0; i !== undefined && hop < MOST_HOPS; hop += 1) {
      if (/^[{[]$/.test(this.#text(i))) return i;
      if (!/^[\p{ID_Start}$_]/u.test(this.#text(i))) return undefined;
      // z.object({ … })
      if (this.#text(i + 1) === "." && this.#text(i + 3) === "(" && this.#text(i + 4) === "{") return i + 4;
      const open: number = this.#text(i + 1) === "<" ? this.#next(i + 1, "(") : i + 1;
      i = this.#text(open) === "(" ? open + 1 : this.#declared(this.#text(i));
    }
    return undefined;
  }

  /** Where the value begins that a name has in this file. */
  #declared(name: string): number | undefined {
    return known(this.#names, name, () => {
      const i = this.#tokens.findIndex((text, at) => text === name && /^(?:const|let|var)$/.test(this.#text(at - 1)));
      return i < 0 ? undefined : this.#next(i, "=") + 1;
    });
  }

  /** Whether it is the `async` of a method and no key. */
  #isModifier(i: number): boolean {
    return /^(?:async|get|set|\*)$/.test(this.#text(i)) && !/^[:,(}]$/.test(this.#text(i + 1));
  }

  /** The first token behind the comma that ends an item, or the bracket that ends its list. */
  #behindItem(from: number): number {
    let depth = 0;
    for (let i = from; i < this.#tokens.length; i += 1) {
      const text = this.#text(i);
      if (depth === 0 && text === ",") return i + 1;
      if (/^[([{]$/.test(text)) depth += 1;
      if (/^[)\]}]$/.test(text) && (depth -= 1) < 0) return i;
    }
    return this.#tokens.length;
  }

  #next(from: number, text: string): number {
    const i = this.#tokens.indexOf(text, from);
    return i < 0 ? this.#tokens.length : i;
  }

  #text(i: number): string {
    return this.#tokens[i] ?? "";
  }
}

function unquoted(text: string): string {
  return text.replace(/^(["'])(.*)\1$/s, "$2");
}

/** What stands there under the key, or is found now. */
function known<Key, Value>(those: Map<Key, Value>, key: Key, find: () => Value): Value {
  if (!those.has(key)) those.set(key, find());
  return those.get(key)!;
}
