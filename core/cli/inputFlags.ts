import { nearest } from "../nearest.ts";

/** The input of a workflow from what stands behind its name on the command line, by the JSON Schema of the input. Pure. */

type Schema = Readonly<Record<string, unknown>>;
type Kind = "string" | "number" | "integer" | "boolean" | "array" | "object" | "null";

export type InputRead = { readonly input: unknown } | { readonly mistakes: readonly string[] };

interface Flag {
  readonly name: string;
  /** What follows `=`, or stands behind it; null: nothing does. */
  readonly value: string | null;
}

/**
 * Reads `--name value`, `--name=value`, `--switch`, `--no-switch` and `--input <JSON>`; several of a name make a list.
 * @param schema of the input; null: nothing is known of it, so values are JSON where they can be, else text
 */
export function inputFrom(tokens: readonly string[], schema: Schema | null): InputRead {
  const reader = new Reader(schema);
  for (let at = 0; at < tokens.length; ) at += reader.take(tokens[at]!, tokens[at + 1]);
  return reader.mistakes.length > 0 ? { mistakes: reader.mistakes } : { input: reader.input() };
}

class Reader {
  readonly mistakes: string[] = [];
  readonly #schema: Schema | null;
  readonly #properties: Readonly<Record<string, Schema>>;
  readonly #values = new Map<string, unknown>();
  #whole: unknown;

  constructor(schema: Schema | null) {
    this.#schema = schema;
    this.#properties = (schema?.["properties"] ?? {}) as Record<string, Schema>;
  }

  /** Takes a token, and the one behind it where that is its value. Answers how many it took. */
  take(token: string, next: string | undefined): number {
    if (!token.startsWith("--") || token === "--") return this.#miss(`“${token}” belongs to no flag.`);
    const equals = token.indexOf("=");
    const name = equals === -1 ? token.slice(2) : token.slice(2, equals);
    const behind = next === undefined || next.startsWith("--") ? null : next;
    const given = equals === -1 ? null : token.slice(equals + 1);
    const property = this.#propertyOf(name);
    if (property === undefined && name === "input") return this.#takeWhole(given ?? behind, given === null);
    if (property === undefined && name.startsWith("no-") && this.#isSwitch(this.#propertyOf(name.slice(3)))) return this.#set(this.#propertyOf(name.slice(3))!, false, 1);
    if (property === undefined && !this.#takesAny()) return this.#miss(this.#unknown(name), given === null && behind !== null ? 2 : 1);
    const key = property ?? name;
    if (given === null && this.#isSwitch(property) && behind !== "true" && behind !== "false") return this.#set(key, true, 1);
    return this.#takeValue({ name: key, value: given ?? behind }, given === null ? 2 : 1);
  }

  input(): unknown {
    if (this.#values.size === 0) return this.#whole;
    const whole = typeof this.#whole === "object" && this.#whole !== null ? this.#whole : {};
    return { ...whole, ...Object.fromEntries(this.#values) };
  }

  #takeValue({ name, value }: Flag, took: number): number {
    const schema = this.#properties[name] ?? {};
    const kinds = this.#kindsOf(schema);
    if (value === null) return kinds.size === 0 ? this.#set(name, true, 1) : this.#miss(`--${name} takes ${wordsFor(kinds)}.`);
    if (kinds.has("array") && !value.startsWith("[")) return this.#addTo(name, value, schema, took);
    const read = valueOf(value, kinds);
    return read === undefined ? this.#miss(`--${name} takes ${wordsFor(kinds)}, not “${value}”.`, took) : this.#set(name, read, took);
  }

  #addTo(name: string, text: string, schema: Schema, took: number): number {
    const kinds = this.#kindsOf((schema["items"] ?? {}) as Schema);
    const item = valueOf(text, kinds);
    if (item === undefined) return this.#miss(`--${name} takes ${wordsFor(kinds)}, not “${text}”.`, took);
    const list = this.#values.get(name);
    if (!Array.isArray(list)) return this.#set(name, [item], took);
    list.push(item);
    return took;
  }

  #takeWhole(text: string | null, isBehind: boolean): number {
    const whole = text === null ? undefined : fromJson(text);
    if (whole === undefined) return this.#miss("--input takes the whole input as JSON.", text !== null && isBehind ? 2 : 1);
    this.#whole = whole;
    return isBehind ? 2 : 1;
  }

  #set(name: string, value: unknown, took: number): number {
    if (this.#values.has(name)) return this.#miss(`--${name} comes more than once.`, took);
    this.#values.set(name, value);
    return took;
  }

  #miss(mistake: string, took = 1): number {
    this.mistakes.push(mistake);
    return took;
  }

  #unknown(name: string): string {
    const names = Object.keys(this.#properties);
    if (names.length === 0) return `There is no --${name}: hand the input over as --input with JSON.`;
    const meant = nearest(name, names);
    return `There is no --${name}. ${meant === undefined ? `There is ${names.map((known) => `--${known}`).join(", ")}.` : `Did you mean --${meant}?`}`;
  }

  /** As the schema writes it; `--city-name` stands for `cityName` too. */
  #propertyOf(name: string): string | undefined {
    if (Object.hasOwn(this.#properties, name)) return name;
    return Object.keys(this.#properties).find((known) => plain(known) === plain(name));
  }

  #isSwitch(property: string | undefined): boolean {
    const kinds = property === undefined ? new Set<Kind>() : this.#kindsOf(this.#properties[property]!);
    return kinds.has("boolean") && !kinds.has("string");
  }

  /** Whether it may hold what the schema does not name. */
  #takesAny(): boolean {
    const more = this.#schema?.["additionalProperties"];
    return this.#schema === null || more === true || (typeof more === "object" && more !== null);
  }

  /** What a value may be; empty: anything. */
  #kindsOf(schema: Schema, depth = 0): Set<Kind> {
    const { type, enum: words, anyOf, oneOf, $ref: reference } = schema as { type?: Kind | Kind[]; enum?: unknown[]; anyOf?: Schema[]; oneOf?: Schema[]; $ref?: string };
    if (type !== undefined) return new Set([type].flat());
    if (words) return new Set(words.map(kindOf));
    if ("const" in schema) return new Set([kindOf(schema["const"])]);
    if (depth > 10) return new Set();
    if (reference !== undefined) return this.#kindsOf(this.#at(reference), depth + 1);
    const ways = (anyOf ?? oneOf ?? []).map((way) => this.#kindsOf(way, depth + 1));
    return ways.some((kinds) => kinds.size === 0) ? new Set() : new Set(ways.flatMap((kinds) => [...kinds]));
  }

  /** What `#/$defs/City` points at. */
  #at(reference: string): Schema {
    const steps = reference.replace(/^#\/?/, "").split("/").filter(Boolean).map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
    return steps.reduce<Schema>((place, step) => (place[step] ?? {}) as Schema, this.#schema ?? {});
  }
}

/** A text as one of these kinds, the most exact first; undefined: it is none. */
function valueOf(text: string, kinds: ReadonlySet<Kind>): unknown {
  if (kinds.size === 0) return fromJson(text) ?? text;
  const number = text.trim() === "" ? NaN : Number(text);
  if (kinds.has("number") && Number.isFinite(number)) return number;
  if (kinds.has("integer") && Number.isSafeInteger(number)) return number;
  if (kinds.has("boolean") && (text === "true" || text === "false")) return text === "true";
  if (kinds.has("null") && text === "null") return null;
  const json = /^[[{]/.test(text) ? fromJson(text) : undefined;
  if (json !== undefined && kinds.has(kindOf(json))) return json;
  return kinds.has("string") ? text : undefined;
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function kindOf(value: unknown): Kind {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : (typeof value as Kind);
}

const words: Readonly<Record<Kind, string>> = {
  string: "a text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  array: "a list as JSON",
  object: "an object as JSON",
  null: "null",
};

function wordsFor(kinds: ReadonlySet<Kind>): string {
  return [...kinds].map((kind) => words[kind]).join(" or ");
}

function plain(name: string): string {
  return name.replace(/[-_]/g, "").toLowerCase();
}
