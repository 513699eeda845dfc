import type { Executor } from "../../plugin/contract.ts";
import type { SourceHealth, Store } from "../../store/contract.ts";

/** What is mirrored, as the mirror service knows it. */
export interface Mirrors {
  /** Reads every source anew and whole. */
  lookAtAll(): Promise<readonly { readonly id: string; readonly health: SourceHealth }[]>;
  /** Resolves when the runs of which the last looks spoke are stored. */
  imported(): Promise<void>;
}

/** The full look at all sources, in three parts: JOBS, RUNS and WRITE. */
export function resyncExecutors(mirrors: Mirrors, store: Pick<Store, "strands">): readonly Executor[] {
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
        await untilAborted(mirrors.imported(), signal);
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

async function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const stop = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
