import { jsonWeight } from "./jsonWeight.ts";

/** So heavy may a definition be that is kept whole. */
const HEAVIEST = 8_192;
/** Of a heavier one the fields stay that are no heavier than this. */
const SHORT_FIELD = 512;

/**
 * What is kept of the definition of a job that is gone: all of it, or its short fields and how long it was. Jobs that go are without
 * end, and nobody needs the long texts of those in memory.
 */
export function remnantOf<Value>(definition: Readonly<Record<string, Value>>): Readonly<Record<string, Value | string>> {
  if (jsonWeight(definition) <= HEAVIEST) return definition;
  let left = HEAVIEST;
  const short = Object.entries(definition).filter((field) => {
    const weight = jsonWeight(field);
    return weight <= SHORT_FIELD && (left -= weight) >= 0;
  });
  return Object.fromEntries([...short, ["…", `${JSON.stringify(definition).length} characters`]]);
}
