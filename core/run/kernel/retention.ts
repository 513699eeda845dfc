import type { Clock } from "../../clock/clock.ts";
import type { Executor } from "../../plugin/contract.ts";
import type { Store } from "../../store/contract.ts";
import { everyStrand } from "../../store/everyStrand.ts";
import { trustedDate } from "../../store/trustedDate.ts";
import { untilNone } from "../../store/untilNone.ts";

const DAY_MS = 86_400_000;
/** So many of each strand's newest runs stay, however old they are. */
const KEPT_PER_STRAND = 100;

interface Kept {
  readonly runDays: number;
  readonly mirroredRunDays: number;
  readonly auditDays: number;
}

/** Forget what is older than the settings say, a little at a time, and give the room that it took back to the disk. */
export function retentionExecutors(store: Pick<Store, "strands" | "runs" | "commands" | "audit" | "kv" | "shrink">, clock: Clock, keep: Kept): readonly Executor[] {
  const pruneStrand = async (strandId: string, before: number, signal: AbortSignal): Promise<number> => {
    let forgotten = 0;
    for (let more = true; more; ) {
      signal.throwIfAborted();
      const answer = await store.runs.prune(strandId, before, KEPT_PER_STRAND);
      forgotten += answer.gone;
      more = answer.more;
    }
    return forgotten;
  };

  /** @param forget answers how many of them it forgot */
  const pruneAll = async (days: number, signal: AbortSignal, forget: (before: number) => Promise<number>): Promise<{ forgotten: number }> => {
    if (days === 0) return { forgotten: 0 };
    const { date } = await trustedDate(store.kv, clock);
    return { forgotten: await untilNone(signal, () => forget(date - days * DAY_MS)) };
  };

  return [
    {
      kind: "prune-runs",
      recovery: "retry",
      async execute({ signal }) {
        const { date } = await trustedDate(store.kv, clock);
        const forgotten = { woven: 0, mirrored: 0 };
        const days = { woven: keep.runDays, mirrored: keep.mirroredRunDays };
        for await (const { id, kind } of everyStrand(store.strands)) {
          if (days[kind] > 0) forgotten[kind] += await pruneStrand(id, date - days[kind] * DAY_MS, signal);
        }
        return { forgotten };
      },
    },
    { kind: "prune-commands", recovery: "retry", execute: ({ signal }) => pruneAll(keep.runDays, signal, (at) => store.commands.prune(at)) },
    { kind: "prune-audit", recovery: "retry", execute: ({ signal }) => pruneAll(keep.auditDays, signal, (at) => store.audit.prune(at)) },
    {
      kind: "shrink-database",
      recovery: "retry",
      execute: async ({ signal }) => ({ bytes: await untilNone(signal, () => store.shrink()) }),
    },
  ];
}
