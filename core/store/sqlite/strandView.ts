import { isLoomError } from "../../errors/loomError.ts";
import type { StrandRecord, StrandStore } from "../contract.ts";
import { isOnPage } from "../onPage.ts";

/** Reads from the database. */
export interface StrandReader {
  /** The ids of all strands that may be on the page. */
  idsOnPage(): Promise<readonly string[]>;
  /** In the order of the ids, and no more than the first of them where they are long. */
  getMany(ids: readonly string[]): Promise<readonly StrandRecord[]>;
}

/** So many strands are read in one answer. */
const AT_ONCE = 100;

/**
 * The strands on the page as last read. A page of a thousand strands has twenty runs on each of them: reading and carrying that
 * over from the thread takes a tenth of a second, so only what a commit has touched is read again. This holds because
 * one process alone writes the database, which the lock on its LOOM_HOME sees to. Those that are gone are without end, and are
 * read when somebody asks for them.
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

  async all(): Promise<readonly StrandRecord[]> {
    await this.#refresh();
    return [...this.#strands.values()].sort(byName);
  }

  async getMany(ids: readonly string[]): Promise<readonly StrandRecord[]> {
    await this.#refresh();
    const found = new Map(ids.map((id) => [id, this.#strands.get(id)]));
    await this.#read(ids.filter((id) => !found.get(id)), (strand) => found.set(strand.id, strand));
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  /** One after the other: who asks while others are answered must also see what was touched since they asked. */
  #refresh(): Promise<void> {
    return (this.#refreshed = this.#refreshed.catch(() => {}).then(() => this.#readTouched()));
  }

  async #readTouched(): Promise<void> {
    if (this.#loaded && this.#touched.size === 0) return;
    const touched = [...this.#touched];
    this.#touched.clear();
    // What a load that failed has left may be out of date by now.
    if (!this.#loaded) this.#strands.clear();
    try {
      await this.#read(this.#loaded ? touched : await this.#reader.idsOnPage(), (strand) => this.#keep(strand));
      this.#loaded = true;
    } catch (error) {
      for (const id of touched) this.#touched.add(id);
      throw error;
    }
  }

  #keep(strand: StrandRecord): void {
    if (isOnPage(strand)) this.#strands.set(strand.id, strand);
    else this.#strands.delete(strand.id);
  }

  async #read(ids: readonly string[], take: (strand: StrandRecord) => void): Promise<void> {
    for (let from = 0; from < ids.length; ) {
      const wanted = ids.slice(from, from + AT_ONCE);
      const strands = await this.#readable(wanted);
      for (const strand of strands) take(strand);
      const last = strands.at(-1);
      // Those after the last are not known, or are told when they are asked for by themselves.
      from += last === undefined ? wanted.length : wanted.indexOf(last.id) + 1;
    }
  }

  /** Those that can be read: where the database is damaged under one of them it stays as it was read last, and the others go on. */
  async #readable(ids: readonly string[]): Promise<readonly StrandRecord[]> {
    try {
      return await this.#reader.getMany(ids);
    } catch (error) {
      // Without what it begins with, nothing goes on.
      if (!this.#loaded || !isLoomError(error) || error.code !== "STORE_CORRUPT") throw error;
      const found: StrandRecord[] = [];
      for (const id of ids.length > 1 ? ids : []) found.push(...(await this.#readable([id])));
      return found;
    }
  }
}

function byName(a: StrandRecord, b: StrandRecord): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
