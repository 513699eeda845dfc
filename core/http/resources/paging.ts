import { LoomError } from "../../errors/loomError.ts";
import type { Page } from "../../store/contract.ts";

/**
 * A page of what is held in memory. It goes by id, since a cursor has to mean the same when things come, go and are
 * renamed between two pages.
 */
export function pageById<T extends { readonly id: string }>(all: readonly T[], { limit, cursor }: { limit: number; cursor?: string | undefined }): Page<T> {
  const after = cursor === undefined ? "" : idOf(cursor);
  const sorted = all.filter(({ id }) => id > after).sort((a, b) => (a.id < b.id ? -1 : 1));
  const items = sorted.slice(0, limit);
  return { items, next: sorted.length > limit ? cursorAfter(items.at(-1)!.id) : null };
}

/** The cursor of a page that goes on after this id. */
export function cursorAfter(id: string): string {
  return Buffer.from(id).toString("base64url");
}

function idOf(cursor: string): string {
  if (!/^[\w-]+$/.test(cursor)) {
    throw new LoomError("BAD_INPUT", "The cursor is not one that Loom gave out.", {
      problems: [{ path: "cursor", message: "not a cursor", mend: "Hand back `next` of the page before." }],
    });
  }
  return Buffer.from(cursor, "base64url").toString();
}
