import type { Duplicate, NotFound, Ok } from "../contract.ts";
import type { Channel } from "./channel.ts";
import type { Writes } from "./writes.ts";

/**
 * Acknowledges a red run and every earlier one of its strand, some at a time: of a job that has failed for a year there are half a
 * million, and others write in between.
 */
export async function acknowledgeRuns(writer: Pick<Channel<Writes>, "call">, id: string, by: string, at: number): Promise<Ok<{ readonly acknowledged: number }> | Duplicate | NotFound> {
  for (let acknowledged = 0; ; ) {
    const some = await writer.call("runs.acknowledge", id, by, at);
    if (some.outcome !== "ok") return acknowledged > 0 ? { outcome: "ok", acknowledged } : some;
    acknowledged += some.acknowledged;
    if (!some.more) return { outcome: "ok", acknowledged };
  }
}
