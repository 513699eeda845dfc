import type { Json } from "../../mirror/contract.ts";

/** How values lie in columns: JSON as text, booleans as 0 and 1, times as whole milliseconds. */
export function json(value: Json | object): string {
  return JSON.stringify(value);
}

/** What a column of JSON holds. Only Loom writes them, so its shape is taken on trust. */
export function fromJson<T>(text: string): T {
  return JSON.parse(text) as T;
}

/** SQLite has no booleans. */
export function bit(value: boolean): 0 | 1 {
  return value ? 1 : 0;
}

/** A time as a column keeps it: whole, however exact its source is. */
export function wholeMs(time: number): number {
  return Math.trunc(time);
}
