import { duration, span, until } from "./format.js";

/** How a strand and its runs stand, in words and tones. Pure. */

/** Until when its owner holds a strand back after errors; null where its next firing is later anyway. */
export const heldUntil = ({ backoffUntil, nextRunAt }) => (nextRunAt > backoffUntil ? null : backoffUntil);

/** The tone of a strand for lists and panels: one of the palette's names. */
export function toneOf(strand) {
  if (strand.goneAt) return "gone";
  if (strand.status === "running" && strand.activeRun?.stuckAt) return "stuck";
  if (["running", "waiting", "failed", "missed", "overdue"].includes(strand.status)) return strand.status;
  if (!strand.enabled) return "disabled";
  if (strand.paused) return "paused";
  if (strand.freshness !== "fresh") return "stale";
  if (strand.status === "ok") return "ok";
  return isSeenRed(strand) ? "acknowledged" : "idle";
}

/** One line on how a strand stands now. */
export function statusLine(strand, now) {
  const last = strand.lastRun;
  const end = last ? (last.finishedAt ?? last.startedAt) : 0;
  const before = last ? ` ${span(now - end)} ago` : "";
  if (strand.goneAt) return `vanished ${span(now - strand.goneAt)} ago`;
  if (strand.paused && ["ok", "idle", "skipped"].includes(strand.status)) return `paused ${span(now - (strand.paused.since ?? now))} ago`;
  switch (strand.status) {
    case "running":
      return `${strand.activeRun?.stuckAt ? "stuck, " : ""}running for ${duration(Math.max(0, now - (strand.activeRun?.startedAt ?? now)))}`;
    case "waiting":
      return "waits for you";
    case "failed":
      return last?.red ? `${redWords(strand)}${before}` : `failed before${last ? `; last run ${endWords(last)}${before}` : ""}`;
    case "missed":
      return missedLine(strand.missed, now);
    case "overdue":
      return strand.nextRunAt === null ? "overdue" : `${span(now - strand.nextRunAt)} overdue`;
    case "skipped":
      return `${last?.status === "cancelled" ? "cancelled" : "skipped"}${before}`;
    case "ok":
      return strand.done ? `done${before}` : `ok${before}`;
    default:
      if (last) return last.red ? `${redWords(strand)}${before} · seen` : `${endWords(last)}${before}`;
      return strand.done ? "done" : "never ran";
  }
}

/** How a run ended, in a word or two: `ok` only where it did its work and what was to be delivered arrived. */
export function endWords({ status, red }) {
  if (status !== "succeeded") return status;
  return red ? "not delivered" : "ok";
}

/** Whether its last run is red and somebody has seen that: nothing is asked any more, and nothing is well. */
export const isSeenRed = ({ activeRun, redRuns, lastRun }) => activeRun === null && redRuns === 0 && lastRun?.red === true;

/** What became of a last run that is red. */
function redWords(strand) {
  return strand.lastRun.status === "succeeded" ? `ran, but ${failedStep(strand)} failed` : endWords(strand.lastRun);
}

/** A step's name, where a run went well and yet is red. */
function failedStep({ steps }) {
  return steps.find((step) => stepTone(step.status) === "failed")?.label.slice(0, 40) ?? "a step";
}

function missedLine(missed, now) {
  if (!missed) return "missed its last firing";
  const before = `${span(now - missed.lastDueAt)} ago`;
  return missed.count === 1 ? `missed its firing ${before}` : `missed ${missed.count} firings, ${before}`;
}

/** The next firing in one short word: `in 4 min`, `off`, `by hand`. */
export function nextLine(strand, now) {
  if (strand.goneAt) return "gone";
  if (!strand.enabled) return strand.done ? "done" : "off";
  if (strand.activeRun) return "";
  if (!strand.schedulerOn) return "halted";
  if (strand.paused) return "paused";
  if (strand.nextRunAt !== null) return until(strand.nextRunAt, now);
  if (strand.woven?.startedBy.length > 0 && strand.trigger.kind === "event") return strand.woven.startedBy[0] === "webhook" ? "webhook" : "after";
  return { manual: "by hand", event: "on event", at: "done", unknown: "" }[strand.trigger.kind] ?? "";
}

/** The same in at most nine characters, for beside a name. */
export function nextWord(strand, now) {
  if (strand.status === "overdue" && strand.nextRunAt !== null) return `${span(now - strand.nextRunAt)} late`.replace(" min late", "m late");
  // A source that cannot be read tells of no later firing: its next one stays where it was.
  return nextLine(strand, now).replace(/^due .*/, "due");
}

/** Everything a strand says, for those who hear the page. */
export function spoken(strand, now) {
  const parts = [strand.name.slice(0, 120), statusLine(strand, now)];
  if (strand.redRuns > 1) parts.push(`${strand.redRuns} red runs`);
  if (strand.missed && strand.status !== "missed") parts.push(missedLine(strand.missed, now));
  if (strand.changes.length > 0 && !strand.goneAt) parts.push(changedWord(strand.changes[0]));
  if (!strand.schedulerOn) parts.push("its scheduler is off");
  if (!strand.enabled) parts.push("disabled");
  if (strand.paused) parts.push("paused");
  if (strand.woven?.problems.length > 0) parts.push("its file is broken");
  if (strand.freshness !== "fresh") parts.push(strand.freshness);
  parts.push(strand.trigger.text);
  if (strand.enabled && strand.schedulerOn && strand.nextRunAt !== null) parts.push(`next ${until(strand.nextRunAt, now)}`);
  return parts.join(", ");
}

/** A change in one word or two. */
export const changedWord = (change) => ({ new: "new", edited: "edited", vanished: "vanished", returned: "came back" })[change.kind];

/** The tone of one run. */
export function runTone(run) {
  if (run.red) return run.acknowledged ? "acknowledged" : "failed";
  if (run.finishedAt === null && run.status !== "skipped") return "running";
  if (run.status === "succeeded") return "ok";
  return "idle";
}

/** The tone of one step of a run. */
export function stepTone(status) {
  switch (status) {
    case "completed":
      return "ok";
    case "failed":
    case "failed_crash":
      return "failed";
    case "running":
    case "retrying":
      return "running";
    case "dispatched":
      return "waiting";
    default:
      return "idle";
  }
}

/** How a run came about: `on schedule`, `by hand`, `asked by ann`; empty where its owner does not tell. */
export function originWords(run) {
  if (run.triggerBy) return `asked ${fromWhom(run.triggerBy)}`;
  return { schedule: "on schedule", manual: "by hand", unknown: "" }[run.trigger] ?? run.trigger;
}

/** Who asked: a session of the page has no name of its own. */
export function fromWhom(by) {
  return by === "page" ? "from the page" : `by ${by || "you"}`;
}

/** Why a step was passed over, in words. */
export function reasonWords(reason) {
  const known = { when: "its condition did not hold", upstream: "an earlier step failed", dependency: "an earlier step did not succeed", passed_over: "its owner passed it over", cancelled: "cancelled", not_requested: "not asked for", nothing_to_say: "there was nothing to say", delivery_unknown: "not known whether it arrived" };
  return known[reason] ?? String(reason);
}

/** How fresh a source's picture is: `fresh`, or what stands in the way and since when it was last read. */
export function freshnessLine(source, now) {
  if (source.freshness === "fresh") return source.schedulerOn ? "fresh" : "switched off";
  if (source.freshness === "incompatible") return "version not understood";
  const read = source.lastGoodReadAt === null ? "never read" : `last read ${span(now - source.lastGoodReadAt)} ago`;
  return `${source.freshness} · ${read}`;
}
