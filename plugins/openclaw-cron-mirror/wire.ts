/** Reading values that came over the wire: nothing is taken for granted, nothing throws, everything is bounded. */
import { createHash } from "node:crypto";
import type { Json, JsonObject } from "loom-gateway";

/** A job's id that is longer is nobody's. */
export const LONGEST_ID = 512;

export type Wire = Readonly<Record<string, unknown>>;

/** Longest string that is kept in a job's definition or a run's summary. */
const LONGEST_TEXT = 16_384;
/** A definition or summary that is longer is kept in its short fields alone: the kernel takes no more than twice this. */
const LARGEST_JSON = 524_288;
/** The same with more values: each takes memory, however short it is, and time to copy. A job of OpenClaw has some forty. */
const MOST_VALUES = 2_000;
const SHORT_FIELD = 1_024;
const MOST_SHORT_FIELDS = 100;
/** JSON that is nested deeper than this is not a job of anybody's. */
const DEEPEST = 16;

/** Far enough from the last moment that a date can show, so that a length of time can be added to it. */
const LAST_INSTANT = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const nothing: Wire = Object.freeze(Object.create(null) as Wire);

/** The object that this is, or an empty one. */
export function record(value: unknown): Wire {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Wire) : nothing;
}

/** The array that this is, or an empty one. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A string that holds something, or undefined. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

/** A whole number that JavaScript can hold exactly, or undefined. */
export function integer(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;
}

/** An instant: a positive number of milliseconds, before the year 10000. */
export function instant(value: unknown): number | undefined {
  const ms = integer(value);
  return ms !== undefined && ms > 0 && ms <= LAST_INSTANT ? ms : undefined;
}

/** A length of time: as `instant`, which no clock outlasts. */
export const duration = instant;

/** At most `most` characters; what was cut off is said. */
export function clip(value: string, most: number): string {
  return value.length <= most ? value : alone(`${value.slice(0, most)}… (${value.length} characters)`);
}

/** The last `most` characters. */
export function tail(value: string, most: number): string {
  return value.length <= most ? value : alone(value.slice(-most));
}

/** A copy: to V8 a piece of a string is a view of the whole, which stays in memory with it. */
export function alone(piece: string): string {
  return JSON.parse(JSON.stringify(piece)) as string;
}

/** How many values more are copied; below zero: something was left out. */
export interface Budget {
  left: number;
}

/** The value as plain JSON, as far as the budget goes. Cut strings carry a hash, so that a change behind the cut is still a change. */
export function json(value: unknown, budget: Budget = { left: MOST_VALUES }, depth = 0): Json {
  if (--budget.left < 0 || depth > DEEPEST) return "…";
  if (typeof value === "string") return value.length <= LONGEST_TEXT ? value : `${clip(value, LONGEST_TEXT)} sha256:${hash(value)}`;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "boolean" || value === null) return value;
  if (Array.isArray(value)) return value.slice(0, budget.left + 1).map((item) => json(item, budget, depth + 1));
  return typeof value === "object" ? jsonObject(value as Wire, budget, depth) : null;
}

/** As `json`; entries are defined one by one, so a key such as `__proto__` is only a key. */
function jsonObject(value: Wire, budget: Budget, depth = 0): JsonObject {
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.slice(0, budget.left + 1).map(([key, item]) => [key, json(item, budget, depth + 1)]));
}

/** The object as plain JSON if it is of a size that Loom keeps; else its short fields, with a hash of all, so that a change is still a change. */
export function bounded(value: Wire): JsonObject {
  const budget = { left: MOST_VALUES };
  const copy = jsonObject(value, budget);
  const whole = JSON.stringify(budget.left < 0 ? value : copy);
  if (budget.left >= 0 && whole.length <= LARGEST_JSON) return copy;
  return Object.fromEntries([...shortFields(value), ["…", `${whole.length} characters sha256:${hash(whole)}`]]);
}

function shortFields(value: Wire): [string, Json][] {
  const short: [string, Json][] = [];
  for (const [key, item] of Object.entries(value)) {
    if (short.length === MOST_SHORT_FIELDS) break;
    if (item !== undefined && JSON.stringify([key, item]).length <= SHORT_FIELD) short.push([key, json(item)]);
  }
  return short;
}

/** SHA-256 in hexadecimal. */
export function hash(value: string): string {
  return createHash("sha256").update(value).digest("hex");
}
