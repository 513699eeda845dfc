import * as z from "zod";
import type { Problem } from "../errors/loomError.ts";
import { nearest } from "../nearest.ts";

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
    case "custom":
      if (typeof issue.params?.["mend"] === "string") return issue.params["mend"];
      return UNKNOWN_MEND;
    default:
      return UNKNOWN_MEND;
  }
}

const UNKNOWN_MEND = "Correct it; `config/schema.json` describes every setting.";

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
  const meant = nearest(key, known);
  return {
    path: [...path, key].join("."),
    message: "there is no such setting",
    mend: meant ? `Did you mean ${meant}?` : `Remove it; there are ${known.join(", ")}.`,
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
