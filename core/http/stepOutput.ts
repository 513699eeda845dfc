import type { Store } from "../store/contract.ts";
import type { OutputPart } from "./schemas.ts";

/** Read at a time where all is wanted, in bytes. */
const PART_BYTES = 256 * 1024;

/** The output of one step, as far as it is kept, whoever ran the step. */
export class StepOutput {
  readonly #store: Store;
  readonly #runId: string;
  readonly #step: string;

  constructor(store: Store, runId: string, step: string) {
    this.#store = store;
    this.#runId = runId;
    this.#step = step;
  }

  /** What follows a byte of the whole, at most `limit` bytes; null where there is no output. */
  async after(offset: number, limit: number): Promise<OutputPart | null> {
    const part = await this.#store.driven.outputAfter(this.#runId, this.#step, offset, limit);
    if (part) return part;
    const mirrored = await this.#store.runs.output(this.#runId, this.#step);
    return mirrored && sliced(mirrored, offset, limit);
  }

  /** All that is kept, part by part. */
  async *parts(): AsyncGenerator<OutputPart> {
    for (let offset = 0; ; ) {
      const part = await this.after(offset, PART_BYTES);
      if (!part) return;
      yield part;
      offset = part.from + Buffer.byteLength(part.text);
      if (part.text === "" || offset >= part.bytes) return;
    }
  }
}

/** A part of what its owner told whole; `text` is the end of an output of `bytes` bytes. */
function sliced({ text, bytes }: { readonly text: string; readonly bytes: number }, offset: number, limit: number): OutputPart {
  const kept = Buffer.from(text);
  const start = Math.max(0, bytes - kept.length);
  const from = boundary(kept, Math.min(kept.length, Math.max(0, offset - start)));
  const to = Math.max(boundary(kept, Math.min(kept.length, from + limit)), nextBoundary(kept, from));
  return { from: start + from, text: kept.toString("utf8", from, to), bytes };
}

/** The beginning of the character that a byte belongs to. */
function boundary(text: Buffer, at: number): number {
  while (at > 0 && at < text.length && isWithin(text[at]!)) at--;
  return at;
}

function nextBoundary(text: Buffer, at: number): number {
  do at++;
  while (at < text.length && isWithin(text[at]!));
  return Math.min(at, text.length);
}

function isWithin(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
