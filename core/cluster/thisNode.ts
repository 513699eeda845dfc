import { arch, cpus, hostname, platform, totalmem } from "node:os";
import type { NodeIdentity } from "../config/node.ts";
import type { NodeRecord } from "../store/contract.ts";

/** This machine as other nodes will see it. Times in milliseconds since 1970. */
export function thisNode(identity: NodeIdentity, facts: { loomVersion: string; startedAt: number; now: number }): NodeRecord {
  return {
    id: identity.id,
    name: identity.name,
    hostname: hostname(),
    platform: `${platform()}_${arch()}`,
    loomVersion: facts.loomVersion,
    capabilities: [`arch-${arch()}`],
    cpuCores: cpus().length,
    memGb: Math.round(totalmem() / 2 ** 30),
    startedAt: facts.startedAt,
    lastHeartbeatAt: facts.now,
  };
}
