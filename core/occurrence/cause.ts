import type { MissCause } from "../store/contract.ts";
import type { Case } from "./case.ts";
import type { Firing } from "./plan.ts";

/** How long after a firing was due its source may have gone down and still be the reason. */
const NEAR_MS = 60_000;

/** Why nothing ran although it should have, as far as it is known. */
export function whyMissed(given: Case, { dueAt, graceMs }: Firing): MissCause | null {
  if (states(given, dueAt, dueAt + graceMs).some((state) => !state.schedulerOn)) return "scheduler_off";
  if (given.sleeps.some(({ from, to }) => from <= dueAt && dueAt <= to)) return "asleep";
  if (isDown(given, dueAt, dueAt + Math.min(graceMs, NEAR_MS))) return "source_down";
  if (isUnread(given, dueAt, dueAt + Math.min(graceMs, NEAR_MS))) return "unreadable";
  return null;
}

/** Whether a run may have come and gone without anybody seeing it, then or later. */
export function isUnseen(given: Case, { opensAt, dueAt, graceMs }: Firing): boolean {
  if (given.keepsHistory) return false;
  return dueAt < given.awakeSince || isUnread(given, opensAt, dueAt + graceMs);
}

function isDown(given: Case, from: number, to: number): boolean {
  return states(given, from, to).some((state) => state.freshness === "stale");
}

/** Whether what it told could not be had, or not be relied on. */
function isUnread(given: Case, from: number, to: number): boolean {
  return states(given, from, to).some((state) => state.freshness !== "fresh");
}

/** The states that held at some time between the two. */
function states({ states: all }: Case, from: number, to: number): Case["states"] {
  return all.filter((state, i) => state.since <= to && (all[i + 1]?.since ?? Infinity) > from);
}
