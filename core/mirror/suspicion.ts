import type { StrandChange } from "../store/contract.ts";
import type { KnownStrand } from "./reconcile.ts";

/** Fewer jobs than these may go at once without anybody wondering. */
const FEWEST = 3;
const NAMED = 3;

/** A look that would take away more than can be believed, and what it would leave. */
export interface Suspicion {
  readonly before: number;
  readonly after: number;
  /** The strands that would go. */
  readonly missing: readonly KnownStrand[];
}

/**
 * Whether a look's removals look like an owner that lost its jobs rather than a person who removed them: at least three,
 * and more than half of what was there, vanish without their owner having told of it. Null: they may be believed.
 * @param known the source's strands by their owner's job id
 * @param told ids of jobs whose going their owner has told of
 */
export function suspicionOf(known: ReadonlyMap<string, KnownStrand>, changes: readonly StrandChange[], told: ReadonlySet<string>): Suspicion | null {
  const doubtful = new Set(changes.flatMap((change) => (change.kind === "removed" && !change.expected ? [change.id] : [])));
  const present = [...known.values()].filter((strand) => strand.goneAt === null);
  const missing = present.filter((strand) => doubtful.has(strand.id) && !told.has(strand.ownerJobId));
  if (missing.length < FEWEST || missing.length * 2 <= present.length) return null;
  const come = changes.filter(({ kind }) => kind === "added" || kind === "returned").length;
  const gone = changes.filter(({ kind }) => kind === "removed").length;
  return { before: present.length, after: present.length + come - gone, missing };
}

/** The same look without the removals that are not believed. */
export function withoutMissing(changes: readonly StrandChange[], { missing }: Suspicion): StrandChange[] {
  const kept = new Set(missing.map((strand) => strand.id));
  return changes.filter((change) => change.kind !== "removed" || !kept.has(change.id));
}

/** What the page says of it, and what to do. */
export function suspicionWords({ before, after, missing }: Suspicion): { readonly message: string; readonly help: string } {
  const named = missing.slice(0, NAMED).map((strand) => strand.name.slice(0, 60));
  const others = missing.length - named.length;
  return {
    message: `It had ${before} jobs and now shows ${after}. Gone: ${named.join(", ")}${others > 0 ? ` and ${others} more` : ""}.`,
    help: "Loom goes on showing what it knew. If they were really removed, accept what the source says now; if not, its owner may have lost them.",
  };
}
