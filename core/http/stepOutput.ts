import type { Store } from "../store/contract.ts";
import type { OutputPart } from "./schemas.ts";

/** Read at a time where all is wanted, in bytes. */
const PART_BYTES = 256 * 1024;
/** The same where each line is looked at: there may be as many as bytes. */
export const SEARCHED_BYTES = 32 * 1024;

/**
 * All of a step's output that is kept, part by part, so that a long one holds nobody up.
 * @param bytes of each part
 */
export async function* outputParts({ driven }: Pick<Store, "driven">, runId: string, step: string, bytes = PART_BYTES): AsyncGenerator<OutputPart> {
  for (let offset = 0; ; ) {
    const part = await driven.outputAfter(runId, step, offset, bytes);
    if (!part || part.text === "") return;
    yield part;
    offset = part.from + Buffer.byteLength(part.text);
    if (offset >= part.bytes) return;
    // Answers of the store that come one after the other leave no turn to anybody else, where several outputs are read at once.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The same as text, with a line where something is missing. */
export async function* outputText(parts: AsyncIterable<OutputPart>): AsyncGenerator<string> {
  let at = 0;
  for await (const { from, text } of parts) {
    if (from > at) yield `${at === 0 ? "" : "\n"}[ ${from - at} bytes are not kept here ]\n`;
    yield text;
    at = from + Buffer.byteLength(text);
  }
}
