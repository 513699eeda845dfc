import type { NodeRecord } from "../../store/contract.ts";
import type { NodeView } from "../schemas.ts";
import { iso } from "./times.ts";

/**
 * A node as the API shows it.
 * @param selfId the node that answers
 */
export function nodeView(node: NodeRecord, selfId: string): NodeView {
  const { id, name, hostname, platform, loomVersion, capabilities, cpuCores, memGb } = node;
  return {
    id,
    name,
    hostname,
    platform,
    version: loomVersion,
    capabilities: [...capabilities],
    cpuCores,
    memGb,
    startedAt: iso(node.startedAt),
    lastHeartbeatAt: iso(node.lastHeartbeatAt),
    self: id === selfId,
  };
}
