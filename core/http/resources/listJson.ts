import type { Page } from "../../store/contract.ts";
import { cursorAfter } from "./paging.ts";

const COMMA = Buffer.from(",");
/** A page ends after so many bytes, however many items it was to have: a thousand usual strands have five million. */
const LONGEST_PAGE = 8 * 1_048_576;

/** The items of a page in pieces of JSON, as far as there is room for them: one at least. */
export function inPieces<Item extends { readonly id: string }>({ items, next }: Page<Item>, piecesOf: (item: Item) => readonly Buffer[]): Page<readonly Buffer[]> {
  const page: (readonly Buffer[])[] = [];
  let left = LONGEST_PAGE;
  for (const [n, item] of items.entries()) {
    const pieces = piecesOf(item);
    for (const { length } of pieces) left -= length;
    if (left < 0 && n > 0) return { items: page, next: cursorAfter(items[n - 1]!.id) };
    page.push(pieces);
  }
  return { items: page, next };
}

/** A page as JSON, made of items whose JSON is written already, in pieces. */
export function listJson(items: readonly (readonly Buffer[])[], next: string | null): Buffer {
  const listed = items.flatMap((pieces, n) => (n === 0 ? pieces : [COMMA, ...pieces]));
  return Buffer.concat([Buffer.from('{"items":['), ...listed, Buffer.from(`],"next":${JSON.stringify(next)}}`)]);
}

interface Answer {
  readonly items: readonly (readonly Buffer[])[];
  readonly next: string | null;
  readonly json: Buffer;
}

/**
 * Answers a list that is asked for again and again. Where nothing in it has changed, the last answer is given once more:
 * to put five megabytes together costs half as much as to send them.
 */
export class LastList {
  #last: Answer | undefined;

  json(items: Answer["items"], next: string | null): Buffer {
    const last = this.#last;
    if (last && last.next === next && last.items.length === items.length && last.items.every((item, n) => isSame(item, items[n]!))) return last.json;
    const json = listJson(items, next);
    this.#last = { items, next, json };
    return json;
  }
}

function isSame(a: readonly Buffer[], b: readonly Buffer[]): boolean {
  return a.length === b.length && a.every((piece, n) => piece === b[n]);
}
