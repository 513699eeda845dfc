import type { SourceRecord } from "../../store/contract.ts";
import type { SourceView } from "../schemas.ts";
import type { NodeNames } from "./nodeNames.ts";
import { iso, isoOrNull } from "./times.ts";

/**
 * A source as the API shows it.
 * @param strands how many strands its owner has
 * @param lastGoodReadAt later than the store's where looks brought no news
 */
export function sourceView(source: SourceRecord, strands: number, nodes: NodeNames, lastGoodReadAt = source.health.lastGoodReadAt): SourceView {
  const { id, plugin, instance, label, nodeId, health } = source;
  const { version, freshness, schedulerOn, message, help } = health;
  return {
    id,
    plugin,
    instance,
    label,
    node: nodes.of(nodeId),
    version,
    freshness,
    since: iso(health.since),
    lastGoodReadAt: isoOrNull(lastGoodReadAt),
    schedulerOn,
    message,
    help,
    strands,
  };
}
