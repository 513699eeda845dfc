import type { Judgement } from "../store/contract.ts";
import { isUnseen, whyMissed } from "./cause.ts";
import { plannedSince, type Case, type JudgedRun } from "./case.ts";
import { MOST_AT_ONCE, plan, type Firing } from "./plan.ts";

/** What has to be written, and what to wait for. */
export interface Verdict {
  readonly open: readonly { readonly dueAt: number; readonly graceMs: number }[];
  readonly judge: readonly Judgement[];
  /** Open occurrences to forget. */
  readonly drop: readonly number[];
  /** When the next firing can be judged; null: not before something happens. */
  readonly wakeAt: number | null;
  /** Something is past its grace, and only a newer look at the source can tell what became of it. */
  readonly needsLook: boolean;
  /** How many firings were missed since one was met, this verdict included. */
  readonly missedInARow: number;
  /** Runs that meet no firing of this case. */
  readonly strays: readonly JudgedRun[];
}

type Finding =
  | { readonly is: "judged"; readonly as: Omit<Judgement, "dueAt" | "from"> }
  | { readonly is: "void" }
  | { readonly is: "waiting"; readonly until: number | null; readonly needsLook?: boolean };

/** Judges a strand's firings by the evidence. The same evidence after its verdict is written changes nothing more. */
export function judge(given: Case): Verdict {
  const { firings, void: unplanned } = plan(given);
  const runs = given.runs.filter((run) => run.trigger !== "manual").toSorted((a, b) => a.startedAt - b.startedAt);
  const verdict = { open: [] as Verdict["open"][number][], judge: [] as Judgement[], drop: [...unplanned], needsLook: false };
  const met = new Set<JudgedRun>();
  let wakeAt = Infinity;
  let inARow = given.missedInARow;
  for (const firing of firings) {
    const run = runs.find(({ startedAt }) => startedAt >= firing.opensAt && startedAt < firing.closesAt);
    if (run) met.add(run);
    const finding = firing.row === "missed" ? foundLate(firing, run) : findingOf(given, firing, run);
    if (finding.is === "waiting") {
      wakeAt = Math.min(wakeAt, finding.until ?? Infinity);
      verdict.needsLook ||= finding.needsLook ?? false;
      if (firing.row === null) verdict.open.push({ dueAt: firing.dueAt, graceMs: firing.graceMs });
      continue;
    }
    const isMiss = finding.is === "judged" && finding.as.to === "missed";
    inARow = isMiss ? inARow + 1 : run ? 0 : inARow;
    // A strand that is missed every second says so two hundred times, and then no more until a run comes.
    if (finding.is === "void" || (isMiss && inARow > MOST_AT_ONCE)) {
      if (firing.row === "open") verdict.drop.push(firing.dueAt);
      continue;
    }
    if (firing.row === null) verdict.open.push({ dueAt: firing.dueAt, graceMs: firing.graceMs });
    verdict.judge.push({ dueAt: firing.dueAt, from: firing.row ?? "open", ...finding.as });
  }
  return { ...verdict, wakeAt: wakeAt === Infinity ? null : wakeAt, missedInARow: inARow, strays: runs.filter((run) => !met.has(run) && !isUnderWay(run)) };

  function foundLate(firing: Firing, run: JudgedRun | undefined): Finding {
    if (!run || isUnderWay(run)) return { is: "waiting", until: null };
    return { is: "judged", as: { to: "late", cause: whyMissed(given, firing), runId: run.id } };
  }
}

function findingOf(given: Case, firing: Firing, run: JudgedRun | undefined): Finding {
  const { now } = given;
  const graceEndsAt = firing.dueAt + firing.graceMs;
  // Whether a person asked for it is told at its end only.
  if (run && isUnderWay(run)) return { is: "waiting", until: null };
  if (run && run.startedAt <= graceEndsAt) return { is: "judged", as: { to: "met", runId: run.id } };
  if (run) return { is: "judged", as: { to: "late", cause: whyMissed(given, firing), runId: run.id } };
  if (isVoid(given, firing)) return { is: "void" };
  if (now <= graceEndsAt) return { is: "waiting", until: graceEndsAt + 1 };
  if (given.strand.goneAt !== null) return { is: "void" };
  const watchedUntil = given.awakeSince + firing.graceMs;
  if (now < watchedUntil) return { is: "waiting", until: watchedUntil };
  if (given.readAt === null || given.readAt <= graceEndsAt) return { is: "waiting", until: null, needsLook: true };
  return { is: "judged", as: unmet(given, firing) };
}

/** Whether it was planned at all, seen from now. */
function isVoid(given: Case, { dueAt }: Firing): boolean {
  const { strand, leaps, runsSince } = given;
  if (dueAt < runsSince || leaps.some(({ from, to }) => dueAt > from && dueAt <= to)) return true;
  if (strand.goneAt !== null && dueAt > strand.goneAt) return true;
  return strand.enabled ? dueAt <= plannedSince(given) : dueAt >= strand.switchedAt;
}

function unmet(given: Case, firing: Firing): Omit<Judgement, "dueAt" | "from"> {
  const { strand, runs } = given;
  const { dueAt } = firing;
  if (!strand.enabled) return { to: "excused", cause: "disabled" };
  if (runs.some((run) => run.startedAt < dueAt && (run.finishedAt ?? Infinity) >= dueAt)) return { to: "excused", cause: "overlap" };
  if (strand.notBefore !== null && strand.notBefore > dueAt) return { to: "excused", cause: "error_backoff" };
  if (isUnseen(given, firing)) return { to: "unknown", cause: "unreadable" };
  return { to: "missed", cause: whyMissed(given, firing) };
}

function isUnderWay(run: JudgedRun): boolean {
  return run.finishedAt === null && run.trigger === "unknown";
}
