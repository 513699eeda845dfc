import type { StrandRecord, StrandStore } from "../contract.ts";
import { isOnPage } from "../onPage.ts";

/** Reads strands from the database: all of them, or those with these ids. */
export interface StrandReader {
  all(): Promise<readonly StrandRecord[]>;
  getMany(ids: readonly string[]): Promise<readonly StrandRecord[]>;
}

/**
 * The strands as last read. A page of a thousand strands has twenty runs on each of them: reading and carrying that
 * over from the thread takes a tenth of a second, so only what a commit has touched is read again. This holds because
 * one process alone writes the database, which the lock on its LOOM_HOME sees to.
 */
export class StrandView implements Pick<StrandStore, "all" | "getMany"> {
  readonly #reader: StrandReader;
  readonly #strands = new Map<string, StrandRecord>();
  readonly #touched = new Set<string>();
  #loaded = false;
  #refreshed: Promise<void> = Promise.resolve();

  constructor(reader: StrandReader) {
    this.#reader = reader;
  }

  /** A commit has changed this strand, its runs or its steps. */
  touch(strandId: string): void {
    this.#touched.add(strandId);
  }

  async all(options: { readonly gone?: boolean } = {}): Promise<readonly StrandRecord[]> {
    await this.#refresh();
    return [...this.#strands.values()].filter((strand) => options.gone || isOnPage(strand)).sort(byName);
  }

  async getMany(ids: readonly string[]): Promise<readonly StrandRecord[]> {
    await this.#refresh();
    return ids.flatMap((id) => this.#strands.get(id) ?? []);
  }

  /** One after the other: who asks while others are answered must also see what was touched since they asked. */
  #refresh(): Promise<void> {
    return (this.#refreshed = this.#refreshed.catch(() => {}).then(() => this.#readTouched()));
  }

  async #readTouched(): Promise<void> {
    if (this.#loaded && this.#touched.size === 0) return;
    const ids = [...this.#touched];
    this.#touched.clear();
    try {
      const strands = this.#loaded ? await this.#reader.getMany(ids) : await this.#reader.all();
      for (const strand of strands) this.#strands.set(strand.id, strand);
      this.#loaded = true;
    } catch (error) {
      for (const id of ids) this.#touched.add(id);
      throw error;
    }
  }
}

function byName(a: StrandRecord, b: StrandRecord): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
