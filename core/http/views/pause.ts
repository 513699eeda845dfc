import type { StrandIndex } from "../../registry/strandIndex.ts";
import type { PauseReport } from "../../run/pause/contract.ts";
import type { PauseView } from "../schemas.ts";
import { iso } from "./times.ts";

/** What is paused, as the API shows it. */
export function pauseView({ everything, strands, queue }: PauseReport, index: StrandIndex): PauseView {
  return {
    everything: everything && { since: iso(everything.since), by: everything.by },
    strands: strands.map(({ strandId, since, ...rest }) => ({ id: strandId, name: index.strand(strandId)?.name ?? strandId, ...rest, since: iso(since) })),
    queue: { ...queue },
  };
}
