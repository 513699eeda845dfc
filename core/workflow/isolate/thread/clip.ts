import type { Json } from "../../../mirror/contract.ts";

/** Longer ones would hold up the gateway: what is large belongs into output or artifacts, which go in pieces. */
const MOST = 16_384;
/** Characters that a name may have. */
export const MOST_OF_NAME = 200;

/** The text, or its beginning. */
export function clip(text: string, most = MOST): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

export function clipName(name: unknown): string {
  return clip(String(name), MOST_OF_NAME);
}

/** The fields of a log line, or how large they were. */
export function clipFields(fields: Json): Json {
  const { length } = JSON.stringify(fields);
  return length > MOST ? { "…": `[${length} characters]` } : fields;
}
