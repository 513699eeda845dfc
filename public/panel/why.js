import { duration, plural, sentence, span } from "../ui/format.js";
import { plain } from "../ui/facts.js";
import { fromWhom, heldUntil } from "../ui/words.js";

/** Why a strand stands as it does, in sentences, the most pressing first. Pure. */

/**
 * @param strand
 * @param {{ run?: object | null, p95Ms?: number | null }} known the newest red run and the usual length of a run, once they are read
 * @param {number} now milliseconds since 1970
 * @returns {{ key: string, tone: string, title: string, at?: number, detail?: string, problems?: object[], acknowledges?: "runs" | "missed" | "changes" }[]}
 */
export function whyLines(strand, { run = null, p95Ms = null }, now) {
  return [gone, stuck, broken, red, missed, overdue, held, schedulerOff, backoff, off, unread, done].map((tell) => tell(strand, now, { run, p95Ms })).filter(Boolean);
}

const gone = ({ goneAt }) => goneAt && { key: "gone", tone: "gone", title: "Its owner does not have it any more", at: goneAt, detail: "It stays here until that is acknowledged. Its history is kept.", acknowledges: "changes" };

const broken = ({ woven }) => woven?.problems.length > 0 && { key: "broken", tone: "broken", title: "Its file is broken: what ran before goes on", problems: woven.problems };

const held = ({ paused }) => paused && { key: "paused", tone: "paused", title: `It was paused ${fromWhom(paused.by)}`, at: paused.since ?? undefined, detail: "Nothing starts it until it is resumed. A run under way goes on." };

function stuck({ activeRun }, now, { p95Ms }) {
  if (!activeRun?.stuckAt) return null;
  const usual = p95Ms === null ? "" : ` Nearly all of its runs take at most ${duration(p95Ms)}.`;
  // When it was noticed may be much later: whoever was to notice may have slept.
  const since = activeRun.stuckFrom ?? activeRun.stuckAt;
  return { key: "stuck", tone: "stuck", title: "It has been running for too long", at: since, detail: `It runs for ${duration(now - activeRun.startedAt)}, and was to be done after ${duration(since - activeRun.startedAt)}.${usual}` };
}

function red(strand, now, { run }) {
  if (strand.redRuns === 0) return null;
  const tick = strand.recent.find((one) => one.red && !one.acknowledged);
  const failed = run?.steps?.find((step) => step.status === "failed" || step.status === "failed_crash");
  const undelivered = run?.status === "succeeded" && failed;
  const said = failed?.error ?? run?.error ?? (run?.code ? plain(run.code) : "");
  return {
    key: "red", tone: "failed", at: tick?.finishedAt ?? tick?.startedAt, acknowledges: "runs", detail: said.slice(0, 600),
    title: undelivered ? `It ran well, but ${failed.label.slice(0, 40)} failed` : strand.redRuns > 1 ? `${plural(strand.redRuns, "red run")} nobody has acknowledged` : run?.code === "interrupted" ? "It was interrupted" : failed ? `It failed at ${failed.label.slice(0, 40)}` : "It failed",
  };
}

const missed = ({ missed: firings }) =>
  firings && { key: "missed", tone: "missed", title: firings.count > 1 ? `${firings.count} firings were missed, the last` : "A firing was missed", at: firings.lastDueAt, detail: sentence(firings.causeText), acknowledges: "missed" };

const overdue = (strand, now) =>
  strand.status === "overdue" && strand.nextRunAt !== null && { key: "overdue", tone: "overdue", title: `It should have started ${span(now - strand.nextRunAt)} ago`, detail: "Nothing has been seen of that run, and nothing explains why it did not come." };

const schedulerOff = (strand) => !strand.schedulerOn && { key: "scheduler", tone: "missed", title: "Its scheduler is switched off as a whole", detail: `Nothing of ${strand.source?.label ?? "its source"} fires until it is on again.` };

const backoff = (strand, now) =>
  heldUntil(strand) > now && { key: "backoff", tone: "missed", title: "Its owner holds it back after errors", detail: `It is not started for another ${span(strand.backoffUntil - now)}.` };

function off(strand) {
  if (strand.enabled || strand.goneAt || strand.done) return null;
  if (strand.woven) return { key: "off", tone: "disabled", title: strand.woven.overridden ? "Somebody has disabled it" : "Its file says that it is off" };
  return strand.disabledReason ? { key: "off", tone: "missed", title: "Its owner switched it off", detail: sentence(strand.disabledReason) } : { key: "off", tone: "disabled", title: "It is disabled" };
}

function unread(strand) {
  const words = { stale: "Its source cannot be read", suspect: "What its source tells now is not believed", incompatible: "Its source speaks in a way that is not understood" };
  return strand.freshness !== "fresh" && { key: "unread", tone: "stale", title: words[strand.freshness], detail: "This is what was last read." };
}

const done = (strand) => strand.done && { key: "done", tone: strand.status === "ok" ? "ok" : "idle", title: "It was to run once, and has" };
