import type { Clock } from "../clock/clock.ts";
import type { NodeIdentity } from "../config/node.ts";
import type { Log } from "../log/log.ts";
import type { NodeStore } from "../store/contract.ts";
import { thisNode } from "./thisNode.ts";

const HEARTBEAT_MS = 60_000;

/** Writes this node's row now and every minute, until it is disposed. */
export function heartbeat(parts: { nodes: NodeStore; identity: NodeIdentity; loomVersion: string; clock: Clock; log: Log }): Disposable {
  const { nodes, identity, loomVersion, clock, log } = parts;
  const startedAt = clock.now();
  const beat = (): void => {
    nodes.save(thisNode(identity, { loomVersion, startedAt, now: clock.now() })).catch((error: unknown) => log.warn("no heartbeat", { error }));
  };
  beat();
  return clock.interval(HEARTBEAT_MS, beat);
}
