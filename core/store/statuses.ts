/** The words for how things stand, each list told once: the store counts by them, the API checks by them. */
export const runStatuses = ["queued", "running", "waiting", "cancelling", "succeeded", "failed", "cancelled", "skipped"] as const;
export type RunStatus = (typeof runStatuses)[number];

export const stepStatuses = ["pending", "dispatched", "running", "retrying", "completed", "failed", "failed_crash", "skipped"] as const;
export type StepStatus = (typeof stepStatuses)[number];

/** What a planned firing has come to. */
export const occurrenceStatuses = ["open", "met", "late", "missed", "excused", "unknown"] as const;
export type OccurrenceStatus = (typeof occurrenceStatuses)[number];

/** Why a firing did not happen, as far as it is known. */
export const missCauses = ["disabled", "scheduler_off", "source_down", "error_backoff", "asleep", "overlap", "unreadable"] as const;
export type MissCause = (typeof missCauses)[number];

export const commandStatuses = ["asked", "sent", "confirmed", "refused", "unknown"] as const;
export type CommandStatus = (typeof commandStatuses)[number];

/** How a strand may change where its owner keeps it. */
export const changeKinds = ["new", "edited", "vanished", "returned"] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** How far what is shown of a source can be relied on. */
export const freshnesses = ["fresh", "stale", "suspect", "incompatible"] as const;
export type Freshness = (typeof freshnesses)[number];
