/** How the methods of the store answer: a refusal is a word, never a bare null. */

/** The change happened. */
export type Ok<T = object> = { readonly outcome: "ok" } & T;
/** Somebody changed the row first; read again. */
export type Lost = { readonly outcome: "lost" };
/** It is there already; nothing was changed. */
export type Duplicate = { readonly outcome: "duplicate" };
export type NotFound = { readonly outcome: "not_found" };

export interface Page<T> {
  readonly items: readonly T[];
  /** Hand it back as `cursor` for the next page; null: this was the last. */
  readonly next: string | null;
}
