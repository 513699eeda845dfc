import { brief } from "../brief.ts";
import type { RunView, SourceView, StrandView } from "../http/schemas.ts";
import { statusColours } from "./colours.ts";
import type { Cell } from "./table.ts";
import { duration, relative } from "./text.ts";

/** How strands, runs and sources stand, in the words of a terminal. Pure. */

const REASON_SHOWN = 40;

/** How a run ended: `not delivered` where it did its work and something of it failed after. */
function endWords({ status, red }: Pick<RunView, "status" | "red">): string {
  return status === "succeeded" && red ? "not delivered" : status;
}

/** The same in its colour; one that failed is quiet once somebody has seen it. */
export function runCell(run: Pick<RunView, "status" | "red" | "acknowledged">): Cell {
  if (!run.red) return { text: run.status, colour: statusColours[run.status] };
  return run.acknowledged ? { text: `${endWords(run)} (seen)`, colour: "dim" } : { text: endWords(run), colour: "red" };
}

/** The status, in finer words where there are any, and beside it how fresh it is where it is not: `ok · stale`. */
export function statusCell(strand: Pick<StrandView, "status" | "lastRun" | "activeRun" | "freshness">): Cell {
  const words = statusWords(strand);
  if (strand.freshness === "fresh") return { text: words, colour: statusColours[words] ?? statusColours[strand.status] };
  // What failed asks for somebody, however old the news of it.
  return { text: `${words} · ${strand.freshness}`, colour: strand.status === "failed" ? "red" : "dim" };
}

function statusWords({ status, lastRun, activeRun }: Pick<StrandView, "status" | "lastRun" | "activeRun">): string {
  if (status === "running" && activeRun?.stuckAt) return "stuck";
  if (status === "idle" && lastRun?.red) return `${endWords(lastRun)} (seen)`;
  if (status === "failed" && lastRun?.red) return endWords(lastRun);
  return status;
}

type Planned = Pick<StrandView, "goneAt" | "paused" | "enabled" | "done" | "disabledReason" | "schedulerOn" | "nextRunAt" | "backoffUntil">;

/** When it runs next as seen from `now` (milliseconds since 1970), or what it is that keeps it from running. */
export function nextCell(strand: Planned, now: number): Cell {
  if (strand.goneAt !== null) return { text: "gone", colour: "dim" };
  if (strand.done) return { text: "done", colour: "dim" };
  if (strand.paused !== null) return { text: "paused", colour: "yellow" };
  if (!strand.enabled) return { text: strand.disabledReason === null ? "disabled" : `disabled: ${brief(strand.disabledReason, REASON_SHOWN)}`, colour: strand.disabledReason === null ? "dim" : "yellow" };
  if (!strand.schedulerOn) return { text: "halted", colour: "yellow" };
  const held = heldFor(strand, now);
  return held > 0 ? { text: `held for ${duration(held)}`, colour: "yellow" } : { text: relative(strand.nextRunAt, now) };
}

/** How long its owner still holds it back after errors, in milliseconds; 0 where its next firing is later anyway. */
function heldFor({ nextRunAt, backoffUntil }: Planned, now: number): number {
  if (backoffUntil === null) return 0;
  const until = Date.parse(backoffUntil);
  return nextRunAt !== null && Date.parse(nextRunAt) > until ? 0 : Math.max(0, until - now);
}

/** A line for each source whose picture is not up to date. */
export function unfreshLines(sources: readonly Pick<SourceView, "label" | "freshness" | "message">[]): string[] {
  return sources.filter(({ freshness }) => freshness !== "fresh").map(({ label, freshness, message }) => `${label} is ${freshness}${message === null ? "" : `: ${message}`}`);
}
