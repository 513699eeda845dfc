import { tokensOf } from "./tokens.ts";

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

/**
 * Where a part of a workflow or an operation stands in its author's source, as far as the text tells: through object and
 * list literals, calls around them, and names declared in the same file. Otherwise the nearest part around it.
 * @param path as validation names it: `steps.1.retries`
 * @param nth which of several operations
 */
export function locate(source: string, kind: "workflow" | "operation", path: string, nth = 0): Place {
  const tokens = tokensOf(source);
  const reader = new Reader(tokens.map(({ text }) => text));
  let found = reader.definition(kind, nth);
  for (const key of path === "" ? [] : path.split(".")) {
    const part = reader.part(found, key);
    if (!part) break;
    found = part;
  }
  const before = source.slice(0, tokens[found.shown]?.at ?? 0).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

/** Reads just enough of TypeScript to find keys and items. */
class Reader {
  readonly #tokens: readonly string[];

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  /** What is given to the nth `defineWorkflow` or `defineOperation`, or what is exported without them. */
  definition(kind: "workflow" | "operation", nth: number): Written {
    const define = kind === "workflow" ? "defineWorkflow" : "defineOperation";
    const calls = this.#tokens.flatMap((text, i) => (text === define && ["(", "<"].includes(this.#text(i + 1)) ? [i] : []));
    const call = calls[nth];
    if (call !== undefined) return { shown: call, value: call };
    const [one, several] = [this.#declared(kind), this.#declared(`${kind}s`)];
    if (one !== undefined) return { shown: one, value: one };
    return (several === undefined ? undefined : this.part({ shown: several, value: several }, String(nth))) ?? { shown: -1, value: -1 };
  }

  /** A key of an object, or an item of a list; undefined when the text does not show it. */
  part({ value }: Written, key: string): Written | undefined {
    const literal = this.#literal(value);
    if (literal === undefined) return undefined;
    let i = literal + 1;
    for (let index = 0; i < this.#tokens.length && !/^[\]}]$/.test(this.#text(i)); index += 1) {
      if (this.#text(literal) === "{") {
        const at = this.#isModifier(i) ? i + 1 : i;
        if (unquoted(this.#text(at)) === key) return { shown: at, value: this.#text(at + 1) === ":" ? at + 2 : at };
      } else if (String(index) === key) return { shown: i, value: i };
      i = this.#behindItem(i);
    }
    return undefined;
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
    const i = this.#tokens.findIndex((text, at) => text === name && /^(?:const|let|var)$/.test(this.#text(at - 1)));
    return i < 0 ? undefined : this.#next(i, "=") + 1;
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
