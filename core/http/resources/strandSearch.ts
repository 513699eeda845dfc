import { KeyedQueue } from "../../keyedQueue.ts";
import type { StrandRecord } from "../../store/contract.ts";
import { Turns } from "../../turns.ts";

/** What is searched of a strand. An owner may say ten thousand characters of each of its ten thousand jobs. */
type Searched = Pick<StrandRecord, "id" | "name" | "description" | "command">;

/** Looks for strands by their words: one search of a caller after the other, and others have their turn meanwhile. */
export class StrandSearch {
  readonly #mono: () => number;
  readonly #searches = new KeyedQueue();

  /** @param mono milliseconds that only grow */
  constructor(mono: () => number) {
    this.#mono = mono;
  }

  /** Those that have the text in their name, description, command or id, whatever the case. */
  find<Strand extends Searched>(whose: string, strands: readonly Strand[], text: string): Promise<Strand[]> {
    return this.#searches.add(whose, async () => {
      const words = text.toLowerCase();
      const turns = new Turns(this.#mono);
      const found: Strand[] = [];
      for (const strand of strands) {
        if ([strand.name, strand.description, strand.command, strand.id].some((said) => said?.toLowerCase().includes(words))) found.push(strand);
        await turns.pass();
      }
      return found;
    });
  }
}
