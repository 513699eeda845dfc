import { briefNames } from "../../brief.ts";
import { jsonWeight } from "../../jsonWeight.ts";
import type { Json, JsonObject } from "../../mirror/contract.ts";

/** Longest error text that is kept with a run or a step, in bytes. */
export const ERROR_BYTES = 4096;
/** Longest error text that an event carries, in bytes; the run holds more of it. */
export const EVENT_ERROR_BYTES = 300;
/** Largest summary of a run and largest result of a step that an owner tells, by its weight. */
export const JSON_BYTES = 16_384;
/** Largest result of a step that Loom itself has done, in bytes of JSON: other steps go on from it. */
export const RESULT_BYTES = 1_048_576;
/** Most of results that are read together, in bytes of JSON: what a step is given goes through the gateway in one piece. */
export const RESULTS_BYTES = 8 * 1_048_576;
/** Most of what the steps of a run say (ends of outputs, errors, results) that is answered with it, in bytes of JSON; a run may have 10,000 of them. */
export const RUN_BYTES = 4 * 1_048_576;
/** Most attempts of a run that are answered with it, and most of their errors in bytes; the newest are. */
export const MOST_ATTEMPTS = 10_000;
export const ATTEMPTS_BYTES = 1_048_576;
/** Characters that are left of an error where there is no room for it. */
export const BRIEF = 100;
/** Of what asks for attention at a strand so much is counted: each time that the strand is read, which a million would make slow for good. */
export const MOST_COUNTED = 10_000;
/** Longest name of a field that is told where the field is left out. */
const NAME_BYTES = 64;
/** Largest value that a plugin may keep under one key, in bytes of JSON. */
export const KV_BYTES = 1_048_576;

/** The end of a text, at most `bytes` long as UTF-8, never beginning inside a character. */
export function tail(text: string, bytes: number): string {
  if (text.length * 3 <= bytes) return text;
  // A UTF-16 unit is at least one byte: what lies further back than `bytes` units cannot fit.
  const encoded = Buffer.from(text.slice(-bytes));
  if (encoded.length <= bytes && text.length <= bytes) return text;
  let start = Math.max(0, encoded.length - bytes);
  while (start < encoded.length && isContinuation(encoded[start]!)) start++;
  return encoded.toString("utf8", start);
}

/** The beginning of a text, at most `bytes` long as UTF-8; an ellipsis shows that something is missing. */
export function head(text: string, bytes: number): string {
  if (text.length * 3 <= bytes) return text;
  const encoded = Buffer.from(text.slice(0, bytes + 1));
  if (encoded.length <= bytes) return text;
  let end = bytes - Buffer.byteLength("…");
  while (end > 0 && isContinuation(encoded[end]!)) end--;
  return `${encoded.toString("utf8", 0, end)}…`;
}

/** At most `bytes` of an encoded text from a byte on, in whole characters: where they begin, and what they say. */
export function cut(encoded: Buffer, from: number, bytes: number): { readonly start: number; readonly text: string } {
  let start = Math.min(from, encoded.length);
  while (start < encoded.length && isContinuation(encoded[start]!)) start++;
  let end = Math.min(start + bytes, encoded.length);
  while (end < encoded.length && end > start && isContinuation(encoded[end]!)) end--;
  return { start, text: encoded.toString("utf8", start, end) };
}

/** The JSON of an object; fields that would make it heavier than `bytes` are left out and named under `omitted`. */
export function boundedObject(value: JsonObject, bytes: number): string {
  const whole = JSON.stringify(value);
  if (jsonWeight(value, whole) <= bytes) return whole;
  const kept: Record<string, Json> = {};
  const omitted: string[] = [];
  let used = 0;
  for (const [name, field] of Object.entries(value)) {
    const weight = jsonWeight({ [name]: field });
    if (used + weight > bytes) omitted.push(name);
    else {
      used += weight;
      kept[name] = field;
    }
  }
  return JSON.stringify({ ...kept, omitted: briefNames(omitted.map((name) => head(name, NAME_BYTES))) });
}

/** The JSON of a value, or where it is heavier than `bytes`, a note of how long it was. */
export function boundedJson(value: Json, bytes: number): string {
  const whole = JSON.stringify(value);
  return jsonWeight(value, whole) <= bytes ? whole : JSON.stringify({ omitted: true, bytes: Buffer.byteLength(whole) });
}

function isContinuation(byte: number): boolean {
  return (byte & 0b1100_0000) === 0b1000_0000;
}
