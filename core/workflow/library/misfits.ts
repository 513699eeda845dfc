import type { Clock } from "../../clock/clock.ts";
import type { Problem } from "../../errors/loomError.ts";
import type { Entry } from "./entry.ts";
import type { Scan } from "./scan.ts";
import { DOUBT_MS } from "./shelf.ts";

/** A file, and what keeps it from going together with the others. */
export interface Misfit {
  readonly entry: Entry;
  readonly problems: readonly Problem[];
}

/**
 * Tells mistakes between files from what only looks like them for a moment: files come, go and are renamed one after the
 * other, and a look may find some of them as they were, and others as they will be.
 */
export class MisfitDoubts {
  readonly #clock: Clock;
  /** When each one was first found that nobody was told of yet. */
  #since: ReadonlyMap<string, number> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a look in `DOUBT_MS` may show more. */
  get isInDoubt(): boolean {
    return this.#since.size > 0;
  }

  /**
   * Leaves out the problems that have not lasted for `DOUBT_MS` yet; those that were told before have.
   * @param found all files with all that was found
   * @param scan the look that it was found in
   * @param isUnclear files are there that are not known yet: nothing more counts before they are
   */
  lasting(found: readonly Misfit[], { at }: Scan, isUnclear: boolean): Misfit[] {
    const since = new Map<string, number>();
    const counts = ({ file, told }: Entry, { message }: Problem): boolean => {
      if (told.some((known) => known.message === message)) return true;
      const key = `${file.path}\n${message}`;
      const first = this.#since.get(key) ?? this.#clock.mono();
      if (!isUnclear && at - first >= DOUBT_MS) return true;
      since.set(key, first);
      return false;
    };
    const lasting = found.map(({ entry, problems }) => ({ entry, problems: problems.filter((problem) => counts(entry, problem)) }));
    this.#since = since;
    return lasting;
  }
}
