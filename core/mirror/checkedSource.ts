import type { Clock } from "../clock/clock.ts";
import { Turns } from "../turns.ts";
import type { Source } from "./contract.ts";
import { readAnswer, readFiringsWhileOff, readRunPage, readSnapshot } from "./observed.ts";

/** Whatever an adapter asks for, the loop that looks at it leaves the gateway time for others. */
const SHORTEST_MS = 10;
const LONGEST_WAIT_MS = 3_600_000;
const LONGEST_LABEL = 200;
const LONGEST_REASON = 1_000;

/** One for each source, so that who asks twice sees the same. */
const known = new WeakMap<Source, Source>();

/**
 * The same source, held to its contract: what it gives is checked and copied before anybody else sees it, and its methods
 * reject where they would have thrown. So nothing that an adapter answers can harm other sources, the store or the page.
 */
export function checked(source: Source, clock: Pick<Clock, "mono">): Source {
  let it = known.get(source);
  if (!it) known.set(source, (it = check(source, clock)));
  return it;
}

function check(source: Source, clock: Pick<Clock, "mono">): Source {
  const { runs, setEnabled, runNow, askWaitMs } = source;
  const [pollMs, spacingMs] = [interval(source.pollMs), interval(source.spacingMs)];
  return {
    identity: source.identity,
    label: source.label.slice(0, LONGEST_LABEL).toWellFormed(),
    get can() {
      return { setEnabled: ability(source.can.setEnabled), runNow: ability(source.can.runNow) };
    },
    firingsWhileOff: readFiringsWhileOff(source.firingsWhileOff),
    startsMayMove: source.startsMayMove === true,
    ...(pollMs !== undefined && { pollMs }),
    ...(spacingMs !== undefined && { spacingMs }),
    snapshot: async (look) => readSnapshot(await source.snapshot(look), new Turns(() => clock.mono())),
    ...(runs && { runs: async (jobId, page) => readRunPage(await source.runs!(jobId, page)) }),
    ...(setEnabled && { setEnabled: async (jobId, enabled, ask) => readAnswer(await source.setEnabled!(jobId, enabled, ask)) }),
    ...(runNow && { runNow: async (jobId, ask) => readAnswer(await source.runNow!(jobId, ask)) }),
    ...(askWaitMs && { askWaitMs: (kind, ahead) => wait(source.askWaitMs!(kind, ahead)) }),
    watch: (wake, signal) => source.watch?.(wake, signal),
  };
}

function ability(can: true | string): true | string {
  return can === true || String(can).slice(0, LONGEST_REASON);
}

/** Nothing that an adapter says makes a command wait for ever in one go. */
function wait(ms: unknown): number {
  return typeof ms === "number" && ms > 0 ? Math.ceil(Math.min(ms, LONGEST_WAIT_MS)) : 0;
}

function interval(ms: unknown): number | undefined {
  return typeof ms === "number" && Number.isFinite(ms) ? Math.max(SHORTEST_MS, ms) : undefined;
}
