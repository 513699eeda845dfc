/** Requests that the API's own document allows, drawn at random: what is made of them is as near to right as it is wrong. */

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly schema: Schema;
}

export interface Operation {
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** As much of JSON Schema as the document uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly pattern?: string;
}

/** One request, before it is written down. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: none. */
  readonly body: unknown;
}

/** A random choice of each kind that is needed; each is made of one stream of numbers, so that a seed repeats all. */
export class Dice {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** A whole number below `end`. */
  below(end: number): number {
    return Math.floor(this.#random() * end);
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }
}

export class Grammar {
  readonly #document: OpenApi;
  readonly #dice: Dice;
  readonly #ids: readonly string[];
  readonly #operations: readonly (Operation & { readonly method: string; readonly path: string })[];

  /** @param ids of what there is, so that requests reach it */
  constructor(document: OpenApi, ids: readonly string[], dice: Dice) {
    this.#document = document;
    this.#dice = dice;
    this.#ids = ids;
    this.#operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
    );
  }

  request(): Request {
    const { method, path, parameters, requestBody } = this.#dice.of(this.#operations);
    const named = (where: Parameter["in"]): Parameter[] => parameters.filter((parameter) => parameter.in === where);
    const schema = requestBody && Object.values(requestBody.content)[0]!.schema;
    return {
      method,
      path: path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(this.#dice.of(this.#ids))),
      query: named("query").filter(() => this.#dice.chance(0.4)).map((parameter) => [parameter.name, asText(this.value(parameter.schema))]),
      headers: Object.fromEntries(named("header").filter(() => this.#dice.chance(0.3)).map((parameter) => [parameter.name, `key-${this.#dice.below(50)}`])),
      body: schema && this.value(schema),
    };
  }

  /** A value that a schema allows, as far as its type goes. */
  value(schema: Schema, depth = 0): unknown {
    const dice = this.#dice;
    if (schema.$ref !== undefined) return this.value(this.#document.components.schemas[schema.$ref.split("/").at(-1)!] ?? {}, depth);
    if ("const" in schema) return schema.const;
    if (schema.enum) return dice.of(schema.enum);
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices) return this.value(dice.of(choices), depth);
    const type = typeof schema.type === "string" ? schema.type : dice.of(schema.type ?? ["string", "integer", "boolean", "null", "object"]);
    if (type === "object") return depth > 4 ? {} : Object.fromEntries(Object.entries(schema.properties ?? {}).filter(() => dice.chance(0.8)).map(([name, field]) => [name, this.value(field, depth + 1)]));
    if (type === "array") return depth > 4 ? [] : Array.from({ length: dice.below(4) }, () => this.value(schema.items ?? {}, depth + 1));
    if (type === "integer" || type === "number") return dice.of([0, 1, 5, 100, 1000, dice.below(1e6)]);
    if (type === "boolean") return dice.chance(0.5);
    if (type === "null") return null;
    return dice.of([...this.#ids, "succeeded", "2026-11-21T09:00:00Z", "a b", `text ${dice.below(100)}`]);
  }
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
