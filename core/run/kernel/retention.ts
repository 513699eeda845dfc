import type { Clock } from "../../clock/clock.ts";
import type { Executor } from "../../plugin/contract.ts";
import type { Store } from "../../store/contract.ts";

const DAY_MS = 86_400_000;
/** So many of each strand's newest runs stay, however old they are. */
const KEPT_PER_STRAND = 100;

interface Kept {
  readonly runDays: number;
  readonly mirroredRunDays: number;
  readonly auditDays: number;
}

/** Forget what is older than the settings say, a little at a time. */
export function retentionExecutors(store: Pick<Store, "strands" | "runs" | "commands" | "audit">, clock: Clock, keep: Kept): readonly Executor[] {
  const before = (days: number): number => clock.now() - days * DAY_MS;

  const pruneStrand = async (strandId: string, days: number, signal: AbortSignal): Promise<number> => {
    let forgotten = 0;
    for (let more = days > 0; more; ) {
      signal.throwIfAborted();
      const answer = await store.runs.prune(strandId, before(days), KEPT_PER_STRAND);
      forgotten += answer.gone;
      more = answer.more;
    }
    return forgotten;
  };

  /** @param forget answers how many of them it forgot */
  const pruneAll = async (days: number, signal: AbortSignal, forget: (before: number) => Promise<number>): Promise<{ forgotten: number }> => {
    let forgotten = 0;
    for (let gone = days; gone > 0; forgotten += gone) {
      signal.throwIfAborted();
      gone = await forget(before(days));
    }
    return { forgotten };
  };

  return [
    {
      kind: "prune-runs",
      recovery: "retry",
      async execute({ signal }) {
        const forgotten = { woven: 0, mirrored: 0 };
        const days = { woven: keep.runDays, mirrored: keep.mirroredRunDays };
        for (const { id, kind } of await store.strands.all({ gone: true })) forgotten[kind] += await pruneStrand(id, days[kind], signal);
        return { forgotten };
      },
    },
    { kind: "prune-commands", recovery: "retry", execute: ({ signal }) => pruneAll(keep.runDays, signal, (at) => store.commands.prune(at)) },
    { kind: "prune-audit", recovery: "retry", execute: ({ signal }) => pruneAll(keep.auditDays, signal, (at) => store.audit.prune(at)) },
  ];
}
