import type { LoomEvent } from "../../plugin/contract.ts";
import type { StrandIndex } from "../../registry/strandIndex.ts";
import { eventView } from "../views/event.ts";
import type { NodeNames } from "../views/nodeNames.ts";
import { sourceView } from "../views/source.ts";
import type { StrandViews } from "../views/strand.ts";

/** An event as it is sent, ready for any number of readers. */
export interface FeedMessage {
  readonly seq: number;
  readonly bytes: Buffer;
}

export interface FeedViews {
  readonly index: StrandIndex;
  readonly strands: StrandViews;
  readonly nodes: NodeNames;
}

/**
 * The messages of a batch of events. With the last event that concerns a strand or a source goes what that is now, so
 * that a reader need not ask; null: it left the page.
 */
export function feedMessages(events: readonly LoomEvent[], views: FeedViews): FeedMessage[] {
  const told = new Set<string>();
  const once = (kind: string, id: string | null): id is string => id !== null && !told.has(kind + id) && !!told.add(kind + id);
  const messages = events.toReversed().map((event): FeedMessage => {
    const sourceId = sourceOf(event);
    const parts: (string | Buffer)[] = ['{"type":"event","event":', JSON.stringify(eventView(event))];
    if (once("strand ", event.strandId)) parts.push(',"strand":', ...strandJson(event.strandId, views));
    if (once("source ", sourceId)) parts.push(',"source":', sourceJson(sourceId, views));
    parts.push("}");
    return { seq: event.seq, bytes: Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part))) };
  });
  return messages.reverse();
}

function sourceOf({ type, data }: LoomEvent): string | null {
  const id = type.startsWith("source.") ? data["sourceId"] : null;
  return typeof id === "string" ? id : null;
}

function strandJson(id: string, { index, strands }: FeedViews): readonly (string | Buffer)[] {
  const strand = index.strand(id);
  return strand ? strands.json(strand) : ["null"];
}

function sourceJson(id: string, { index, nodes }: FeedViews): string {
  const source = index.source(id);
  if (!source) return "null";
  const count = [...index.strands()].filter((strand) => strand.sourceId === id && strand.goneAt === null).length;
  return JSON.stringify(sourceView(source, count, nodes));
}
