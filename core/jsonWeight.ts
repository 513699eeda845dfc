import { valuesIn } from "./jsonShape.ts";

/** Counted for each value that lies in another: many small ones take much more memory than text. */
export const VALUE_BYTES = 32;

/**
 * About how many bytes a value of JSON takes: its text, and some for each value in it. Pure.
 * @param json its text, where that is there already
 */
export function jsonWeight(value: unknown, json = JSON.stringify(value)): number {
  return Buffer.byteLength(json) + VALUE_BYTES * valuesIn(value);
}
