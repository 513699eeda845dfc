/**
 * When a strand fires, in the form that every source is mapped to. Instants are milliseconds since 1970 (UTC),
 * durations milliseconds, zones IANA names.
 */
export type Schedule =
  /** Five fields, or six with seconds first. `zone` is explicit: the owner's host zone where the job names none. */
  | { readonly kind: "cron"; readonly expression: string; readonly zone: string; readonly zoneIsHost?: boolean; readonly staggerMs?: number }
  /** Fires `everyMs` after `anchorMs`, and again; an owner that re-anchors at each run says so with `drifts`. */
  | { readonly kind: "every"; readonly everyMs: number; readonly anchorMs?: number; readonly drifts?: boolean }
  | { readonly kind: "at"; readonly atMs: number; readonly zone?: string }
  /** Only when a person asks. */
  | { readonly kind: "manual" }
  /** When something happens that no clock foretells; `what` completes "when …". */
  | { readonly kind: "event"; readonly what: string }
  /** A kind that this version of Loom does not know; `what` shows it as its owner wrote it. */
  | { readonly kind: "unknown"; readonly what: string };

/** One planned firing. */
export interface Occurrence {
  readonly at: number;
  /** Set where daylight saving moved, skipped or doubled the local time, in words for people. */
  readonly note?: string;
}
