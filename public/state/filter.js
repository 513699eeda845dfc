/**
 * The filter's language: words look everywhere, `key:value` in one place, a comma means or, a minus means not, quotes
 * hold words together. Every term must hold. Pure.
 *
 *     price is:failed,missed node:oracle source:openclaw model:gpt -is:disabled
 */

import { heldUntil } from "../ui/words.js";

const MOST = 2000;
const term = /(-?)(?:([a-z]+):)?("[^"]*"?|[^\s"]+|(?<=:))/gi;

/** @returns {{ key: string | null, values: string[], not: boolean }[]} */
export function parseFilter(text) {
  return [...text.toLowerCase().matchAll(term)].map(([, minus, key, value]) => ({
    key: key ?? null,
    values: value.startsWith('"') || !key ? [value.replaceAll('"', "")] : value.split(",").filter(Boolean),
    not: minus !== "",
    // A term that is still being written narrows nothing.
  })).filter((each) => each.values.some(Boolean));
}

/** Whether a strand is what every term of the filter's text says. */
export function matches(strand, text) {
  const terms = parseFilter(text);
  if (terms.length === 0) return true;
  let hay = null;
  const whole = () => (hay ??= haystack(strand));
  return terms.every((each) => each.values.some((value) => holds(strand, each.key, value, whole)) !== each.not);
}

function holds(strand, key, value, hay) {
  const has = (...texts) => texts.some((text) => text?.slice(0, MOST).toLowerCase().includes(value));
  switch (key) {
    case null:
      return hay().includes(value);
    case "is":
      return marksOf(strand).some((mark) => mark.startsWith(value));
    case "node":
      return has(strand.node.name, strand.node.id);
    case "source":
      return has(strand.source?.label ?? "workflows", strand.source?.id);
    case "name":
      return has(strand.name);
    case "id":
      return has(strand.id);
    default:
      return shares(strand).some((shared) => shared.startsWith(`${key}:`) && shared.slice(key.length + 1).includes(value)) || hay().includes(`${key}:${value}`);
  }
}

/** What its steps share with those of other strands: `model:gpt-5`, `agent:main`. */
const shares = (strand) => strand.steps.flatMap((step) => step.shares ?? []).map((shared) => shared.toLowerCase());

function haystack(strand) {
  return [strand.name, strand.source?.label, strand.node.name, strand.trigger.text, strand.trigger.expression, strand.description, strand.command, ...shares(strand), marksOf(strand).join(" ")]
    .filter(Boolean)
    .map((part) => part.slice(0, MOST))
    .join("\n")
    .toLowerCase();
}

/** The words that `is:` knows of a strand. */
export function marksOf(strand) {
  const marks = [strand.status, strand.enabled ? "enabled" : "disabled", strand.kind];
  const add = (holds, ...words) => holds && marks.push(...words);
  add(strand.redRuns > 0, "failed", "red");
  add(strand.missed, "missed");
  add(strand.activeRun, "running");
  add(strand.activeRun?.stuckAt, "stuck");
  add(strand.freshness !== "fresh", strand.freshness);
  add(strand.changes?.length > 0, "changed", ...(strand.changes ?? []).map((change) => change.kind));
  add(strand.paused, "paused");
  add(strand.woven?.problems.length > 0, "broken");
  add(strand.goneAt, "vanished", "gone");
  add(strand.system, "system");
  add(strand.done, "done");
  add(heldUntil(strand), "backoff");
  add(strand.schedulerOn === false, "scheduler-off");
  add(asks(strand), "asking");
  return [...new Set(marks)];
}

/** Whether somebody is wanted: the strands that `n` walks through. */
export function asks(strand) {
  return strand.redRuns > 0 || Boolean(strand.missed) || strand.changes?.length > 0 || Boolean(strand.activeRun?.stuckAt) || ["failed", "missed", "overdue", "waiting"].includes(strand.status);
}
