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
 * @param mostBytes once the messages have so many bytes together the rest is left out, for another time: it has what belongs to it then
 */
export function feedMessages(events: readonly LoomEvent[], views: FeedViews, mostBytes = Infinity): FeedMessage[] {
  const newest = new Map<string, LoomEvent>();
  for (const event of events) newest.set(`strand ${event.strandId}`, event).set(`source ${sourceOf(event)}`, event);
  const messages: FeedMessage[] = [];
  let length = 0;
  for (const event of events) {
    if (length >= mostBytes) break;
    const { strandId, seq } = event;
    const sourceId = sourceOf(event);
    const parts: (string | Buffer)[] = ['{"type":"event","event":', JSON.stringify(eventView(event))];
    if (strandId !== null && newest.get(`strand ${strandId}`) === event) parts.push(',"strand":', ...strandJson(strandId, views));
    if (sourceId !== null && newest.get(`source ${sourceId}`) === event) parts.push(',"source":', sourceJson(sourceId, views));
    parts.push("}");
    const bytes = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
    messages.push({ seq, bytes });
    length += bytes.length;
  }
  return messages;
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
