import * as z from "zod";
import type { Problem } from "../errors/loomError.ts";

/** Zod's issues as problems for people: dotted path, what is wrong, how to mend it, with the name that was probably meant. */
export function problemsOf(error: z.ZodError, schema: z.ZodType, input: unknown): Problem[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.join(".");
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(key, issue.path, schema));
    return [{ path, message: said(issue, valueAt(input, issue.path)), mend: mendOf(issue) }];
  });
}

function said(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === "invalid_key") return issue.issues[0]?.message ?? issue.message;
  const shown = typeof value === "object" && value !== null ? (Array.isArray(value) ? "a list" : "an object") : JSON.stringify(value);
  return issue.code === "invalid_value" || issue.code === "invalid_type" || issue.code === "too_small" || issue.code === "too_big"
    ? `${shown} is not allowed here`
    : issue.message;
}

function mendOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_value":
      return `Use ${issue.values.map(String).join(" or ")}.`;
    case "invalid_type":
      return `Give ${KINDS[issue.expected] ?? issue.expected}.`;
    case "too_small":
      return `Use ${issue.minimum} or more.`;
    case "too_big":
      return `Use ${issue.maximum} or less.`;
    case "invalid_key":
      return "Rename it.";
    default:
      return "Correct it; `config/schema.json` describes every setting.";
  }
}

const KINDS: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "text in quotes",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

function unknownKey(key: string, path: readonly PropertyKey[], schema: z.ZodType): Problem {
  const known = keysAt(schema, path);
  const meant = known.filter((name) => distance(key.toLowerCase(), name.toLowerCase()) <= Math.ceil(name.length / 3));
  const nearest = meant.sort((a, b) => distance(key, a) - distance(key, b))[0];
  return {
    path: [...path, key].join("."),
    message: "there is no such setting",
    mend: nearest ? `Did you mean ${nearest}?` : `Remove it; there are ${known.join(", ")}.`,
  };
}

/** The names that the object at this path of the schema knows. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let node: unknown = bare(schema);
  for (const key of path) {
    if (node instanceof z.ZodObject) node = bare(node.shape[String(key)]);
    else if (node instanceof z.ZodRecord) node = bare(node.valueType);
    else return [];
  }
  return node instanceof z.ZodObject ? Object.keys(node.shape).filter((key) => !key.startsWith("$")) : [];
}

/** A schema without the defaults around it. */
function bare(schema: unknown): unknown {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional ? bare(schema.unwrap()) : schema;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((node, key) => (typeof node === "object" && node !== null && Object.hasOwn(node, key) ? (node as Record<PropertyKey, unknown>)[key] : undefined), value);
}

/** Levenshtein's: how many letters have to be added, dropped or changed. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
