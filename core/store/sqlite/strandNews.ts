import { isDeepStrictEqual } from "node:util";
import { briefNames } from "../../brief.ts";
import type { JsonObject } from "../../mirror/contract.ts";
import type { ChangeKind, StrandChange } from "../contract.ts";
import { fromJson } from "./cells.ts";
import type { Database } from "./database.ts";

/** A change that tells how the strand is now. */
export type Told = Exclude<StrandChange, { readonly kind: "removed" }>;

/** How a strand was stored before a look. */
export interface Before {
  readonly enabled: number;
  readonly version: number;
  readonly hash: string;
  readonly goneAt: number | null;
  readonly goneWithSource: number;
}

/**
 * What somebody should see and acknowledge of a change; null: nothing.
 * @param fields what differs in the definition
 */
export function newsOf(change: Told, before: Before | undefined, fields: readonly string[]): ChangeKind | null {
  if (change.kind !== "changed" && change.expected) return null;
  if (!before) return "new";
  // What left with its source was never missed; only how it differs now is news.
  if (before.goneAt !== null && !before.goneWithSource) return "returned";
  // Without a difference in what its owner keeps, only Loom reads the job in another way than before.
  return fields.length > 0 ? "edited" : null;
}

/** Who made a change, where that is told. */
export function byOf(change: Told): string | null {
  return change.kind === "changed" ? null : (change.by ?? null);
}

/** The keys in which the definition differs from the stored one, which must still be there. */
export function editedFields(db: Database, change: Told): readonly string[] {
  if (change.kind === "edited") return change.fields;
  const { strand } = change;
  const stored = db.get<{ definition: string }>("SELECT definition FROM strands WHERE strand_id = ?", strand.id)!;
  return differing(fromJson(stored.definition), strand.definition);
}

/** The keys in which two definitions differ, sorted and in brief. */
export function differing(before: JsonObject, after: JsonObject): string[] {
  return briefNames([...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => !isDeepStrictEqual(before[key], after[key])).sort());
}
