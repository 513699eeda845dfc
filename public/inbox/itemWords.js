import { duration, plural, sentence } from "../ui/format.js";
import { plain } from "../ui/facts.js";
import { endWords } from "../ui/words.js";

/** What a row of the Inbox says of a strand. Pure. */

/**
 * @param item a row of `inboxItems` that is about a strand
 * @param run the red run that it is about, where it has been read
 * @param {number} now milliseconds since 1970
 * @returns {{ title: string, reason: string }} what happened in a few words, and why
 */
export function itemWords(item, run, now) {
  const { strand } = item;
  switch (item.kind) {
    case "failed":
      return { title: `${endWords(strand.recent.find((tick) => tick.id === item.runId) ?? run ?? { status: "failed" })}${strand.redRuns > 1 ? `, ${strand.redRuns} red runs` : ""}`, reason: failureWords(strand, run) };
    case "missed":
      return { title: strand.missed.count > 1 ? `missed ${strand.missed.count} firings` : "missed its firing", reason: sentence(strand.missed.causeText) };
    case "stuck":
      return { title: "stuck", reason: `It has been running for ${duration(now - strand.activeRun.startedAt)}, far longer than it usually takes.` };
    case "waiting":
      return { title: "waits for you", reason: "" };
    default:
      return changeWords(item.change, strand);
  }
}

/** Why a strand's newest red run is red, as far as is known. */
function failureWords(strand, run) {
  const step = strand.steps.find((known) => known.status === "failed" || known.status === "failed_crash");
  const said = run?.error ?? (run?.code ? plain(run.code) : "");
  const where = step && strand.steps.length > 1 ? step.label : "";
  return [where, said.slice(0, 600)].filter(Boolean).join(": ");
}

/** A change in words: what, how often, by whom and which fields. */
function changeWords({ kind, count, fields, by }, strand) {
  const who = by.length > 0 ? ` by ${by.join(", ").slice(0, 120)}` : "";
  switch (kind) {
    case "new":
      return { title: `new${who}`, reason: strand.enabled ? "" : strand.done ? "It was to run once, and has." : "It is disabled." };
    case "vanished":
      return { title: `vanished${who}`, reason: `Its owner does not have it any more. It leaves this page once acknowledged; its history is kept.` };
    case "returned":
      return { title: `came back${who}`, reason: "It had vanished, and is there again." };
    default:
      return { title: `${count > 1 ? plural(count, "edit") : "edited"}${who}`, reason: fields.length > 0 ? "" : "Its definition changed." };
  }
}
