import type { Clock } from "../../clock/clock.ts";
import { within } from "../../clock/within.ts";
import type { Executor } from "../../plugin/contract.ts";
import type { SourceHealth, Store } from "../../store/contract.ts";

/** An import may go on for hours, beside this: the next full look at the other sources is not to wait for it. */
const LONGEST_WAIT_MS = 120_000;

/** What is mirrored, as the mirror service knows it. */
export interface Mirrors {
  /** Reads every source anew and whole. */
  lookAtAll(): Promise<readonly { readonly id: string; readonly health: SourceHealth }[]>;
  /** Each source, with what resolves when the runs of which its last look spoke are stored. */
  imports(): readonly { readonly id: string; readonly done: Promise<void> }[];
}

/** The full look at all sources, in three parts: JOBS, RUNS and WRITE. */
export function resyncExecutors(mirrors: Mirrors, store: Pick<Store, "strands">, clock: Clock): readonly Executor[] {
  return [
    {
      kind: "mirror-look",
      recovery: "retry",
      // A source that cannot be read says so itself, on the page; a red run every five minutes would say nothing more.
      async execute() {
        const sources = await mirrors.lookAtAll();
        return { sources: sources.map(({ id, health: { freshness, message } }) => ({ id, freshness, ...(message !== null && { message }) })) };
      },
    },
    {
      kind: "mirror-import",
      recovery: "retry",
      async execute({ signal }) {
        const imports = mirrors.imports();
        const left = new Set(imports.map(({ id }) => id));
        const all = Promise.all(imports.map(({ id, done }) => done.then(() => left.delete(id))));
        const tooLong = new Error("imports go on");
        await within(clock, LONGEST_WAIT_MS, () => tooLong, () => all, signal).catch((error: unknown) => {
          if (error !== tooLong) throw error;
        });
        return { stillImporting: [...left] };
      },
    },
    {
      kind: "mirror-count",
      recovery: "retry",
      async execute() {
        const mirrored = (await store.strands.all()).filter(({ kind }) => kind === "mirrored");
        return { strands: mirrored.length, withWholeHistory: mirrored.filter(({ historyComplete }) => historyComplete).length };
      },
    },
  ];
}
