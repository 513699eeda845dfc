import { brief } from "../brief.ts";
import type { Problem } from "../errors/loomError.ts";
import { nearest } from "../nearest.ts";

/** Everything that is wrong with a value. `path` is where it stands in the whole: `steps.1.retries`. */
export type Check = (value: unknown, path: string) => Problem[];

/** The path of a part. */
export function under(path: string, key: string | number): string {
  return path === "" ? String(key) : `${path}.${key}`;
}

/** One problem whose message names the field and shows its value. */
export function unfit(value: unknown, path: string, mend: string): Problem[] {
  const field = nameOf(path);
  return [{ path, message: value === undefined ? `${field} is missing.` : `${field} cannot be ${shown(value)}.`, mend }];
}

/** Text that is not blank, at most so many characters long. */
export function text(most: number): Check {
  return (value, path) => (typeof value === "string" && value.trim() !== "" && value.length <= most ? [] : unfit(value, path, `Give text of 1 to ${most} characters.`));
}

/** Text of a form, which `mend` describes. Words that JavaScript's objects have a meaning for are refused. */
export function named(form: RegExp, mend: string): Check {
  return (value, path) => (typeof value === "string" && form.test(value) && value.length <= 100 && value !== "constructor" && value !== "prototype" ? [] : unfit(value, path, mend));
}

export function wholeNumber(least: number, most: number): Check {
  return (value, path) => (Number.isInteger(value) && Number(value) >= least && Number(value) <= most ? [] : unfit(value, path, `Give a whole number from ${least} to ${most}.`));
}

export function numberFrom(least: number, most: number): Check {
  return (value, path) => (typeof value === "number" && value >= least && value <= most ? [] : unfit(value, path, `Give a number from ${least} to ${most}.`));
}

export function oneOf(...words: readonly string[]): Check {
  return (value, path) => {
    if (typeof value === "string" && words.includes(value)) return [];
    const meant = typeof value === "string" ? nearest(value, words) : undefined;
    return unfit(value, path, meant ? `Did you mean "${meant}"?` : `Use ${words.map((word) => `"${word}"`).join(" or ")}.`);
  };
}

export const trueOrFalse: Check = (value, path) => (typeof value === "boolean" ? [] : unfit(value, path, "Give true or false."));

export function aFunction(example: string): Check {
  return (value, path) => (typeof value === "function" ? [] : unfit(value, path, `Give a function, such as ${example}.`));
}

/** A list of at most so many in which nothing stands twice. */
export function listOf(most: number, check: Check): Check {
  return (value, path) => {
    if (!Array.isArray(value)) return unfit(value, path, "Give a list: […].");
    if (value.length > most) return [{ path, message: `${value.length} in ${nameOf(path)} are too many.`, mend: `Have at most ${most}.` }];
    return Array.from(value, (item: unknown, index) => {
      const at = under(path, index);
      const again = typeof item === "string" && value.indexOf(item) < index;
      return again ? [{ path: at, message: `${shown(item)} stands twice in ${nameOf(path)}.`, mend: "Remove one of them." }] : check(item, at);
    }).flat();
  };
}

/** An object with these keys and no others; those in `needed` have to be there. A key whose value is undefined counts as left out. */
export function objectOf(fields: Readonly<Record<string, Check>>, needed: readonly string[] = []): Check {
  return (value, path) => {
    if (!isObject(value)) return unfit(value, path, `Give an object with ${needed.length > 0 ? needed.join(", ") : Object.keys(fields).join(", ")}.`);
    const strangers = Object.keys(value).filter((key) => !Object.hasOwn(fields, key));
    const known = Object.keys(fields).filter((key) => value[key] !== undefined || needed.includes(key));
    return [...strangers.flatMap((key) => stranger(key, path, Object.keys(fields))), ...known.flatMap((key) => fields[key]!(value[key], under(path, key)))];
  };
}

/** Any Standard Schema: https://standardschema.dev */
export const standardSchema: Check = (value, path) => {
  const inside = typeof value === "object" || typeof value === "function" ? (value as { "~standard"?: { validate?: unknown } } | null)?.["~standard"] : undefined;
  return typeof inside?.validate === "function" ? [] : unfit(value, path, "Give a Standard Schema, as zod, valibot and arktype make them: z.object({ … }).");
};

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value in few words. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(brief(value, 40));
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

function stranger(key: string, path: string, known: readonly string[]): Problem[] {
  const meant = nearest(key, known);
  return [{ path: under(path, key), message: `There is no "${key}" here.`, mend: meant ? `Did you mean "${meant}"?` : `Remove it; there are ${known.join(", ")}.` }];
}

/** `steps.1.dependsOn.0` → `"dependsOn"`, `steps.1` → `An item of "steps"`. */
function nameOf(path: string): string {
  if (path === "") return "It";
  const keys = path.split(".");
  const field = keys.findLast((key) => !/^\d+$/.test(key));
  return /^\d+$/.test(keys.at(-1)!) ? `An item of "${field}"` : `"${field}"`;
}
