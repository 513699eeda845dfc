import { valuesIn } from "./jsonShape.ts";

/** So heavy may a definition be that is kept whole: characters of JSON, and `VALUE` for each value. */
const HEAVIEST = 8_192;
const VALUE = 32;
/** Of a heavier one the fields stay that are no heavier than this. */
const SHORT_FIELD = 512;

/**
 * What is kept of the definition of a job that is gone: all of it, or its short fields and how long it was. Jobs that go are without
 * end, and nobody needs the long texts of those in memory.
 */
export function remnantOf<Value>(definition: Readonly<Record<string, Value>>): Readonly<Record<string, Value | string>> {
  if (weightOf(definition) <= HEAVIEST) return definition;
  let left = HEAVIEST;
  const short = Object.entries(definition).filter((field) => {
    const weight = weightOf(field);
    return weight <= SHORT_FIELD && (left -= weight) >= 0;
  });
  return Object.fromEntries([...short, ["…", `${JSON.stringify(definition).length} characters`]]);
}

function weightOf(value: object): number {
  return JSON.stringify(value).length + VALUE * valuesIn(value);
}
