import type { StepNews } from "../../run/contract.ts";
import type { HttpServices } from "../services.ts";
import type { FeedReader } from "./reader.ts";

/** Hands what happens in the steps of a run to those who watch that run. Nothing is heard of runs while nobody watches any. */
export class Watching {
  readonly #services: Pick<HttpServices, "runs">;
  readonly #readers = new Map<FeedReader, string>();
  #unsubscribe: (() => void) | null = null;

  constructor(services: Pick<HttpServices, "runs">) {
    this.#services = services;
  }

  /** From now on this reader hears of this run, and of none with null. */
  watch(reader: FeedReader, runId: string | null): void {
    if (runId === null) this.#readers.delete(reader);
    else this.#readers.set(reader, runId);
    if (this.#readers.size > 0) this.#unsubscribe ??= this.#services.runs.onNews((news) => this.#tell(news));
    else this.stop();
  }

  /** The run that a reader hears of, or null. */
  of(reader: FeedReader): string | null {
    return this.#readers.get(reader) ?? null;
  }

  stop(): void {
    this.#readers.clear();
    this.#unsubscribe?.();
    this.#unsubscribe = null;
  }

  #tell(news: StepNews): void {
    let bytes: Buffer | null = null;
    for (const [reader, runId] of this.#readers) {
      // A reader that is still to be let in may have asked already.
      if (runId === news.runId && reader.caller) reader.news((bytes ??= Buffer.from(JSON.stringify({ type: "news", news }))), runId);
    }
  }
}
