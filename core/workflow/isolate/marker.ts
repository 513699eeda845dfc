/** The environment variable that every process of an isolate carries, so that it is found wherever it went. */
export const MARKER = "LOOM_ISOLATE";

/**
 * A marker's value: whose it is, from the node down to the call, as far as known. Each ends in a dot, so that a shorter
 * one is the beginning of all markers below it and of no other.
 */
export function markerOf(...parts: readonly (string | number)[]): string {
  return parts.map((part) => `${part}.`).join("");
}
