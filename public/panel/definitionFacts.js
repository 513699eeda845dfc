import { plural } from "../ui/format.js";

/** How a workflow is started and how its runs behave, as sentences. Pure. */

/**
 * @param strand a woven one
 * @param {object} facts its definition, as the gateway has it
 * @param {string} origin of the gateway
 * @returns {{ name: string, value: string }[]}
 */
export function definitionFacts(strand, facts, origin) {
  const { enabledInFile, overridden } = strand.woven;
  const texts = (value) => (Array.isArray(value) ? value.filter((one) => typeof one === "string").join(", ") : "");
  return [
    { name: "switched", value: overridden ? `${strand.enabled ? "on" : "off"}, by a person; its file says ${enabledInFile ? "on" : "off"}` : `${strand.enabled ? "on" : "off"}, as its file says` },
    { name: "starts", value: strand.trigger.text },
    { name: "webhook", value: (facts.triggers ?? []).some?.((trigger) => trigger?.webhook) ? `POST ${origin}/hooks/${strand.id}` : "" },
    { name: "overlap", value: overlapWords(facts.overlap) },
    { name: "missed firings", value: misfireWords(facts.misfire) },
    { name: "needs", value: texts(facts.requires) && `a node with ${texts(facts.requires)}` },
    { name: "runs on", value: typeof facts.defaultHost === "string" ? facts.defaultHost : "" },
  ].filter(({ value }) => value);
}

function overlapWords(policy) {
  const most = Number.isFinite(policy?.limit) ? plural(policy.limit, "run") : "";
  const then = { skip: "one more is skipped", queue: "one more waits", cancel_old: "one more takes the place of the oldest" }[policy?.onOverlap] ?? "";
  return [most && `${most} at once`, then].filter(Boolean).join("; ");
}

const misfireWords = (policy) => ({ skip: "are let go", once: "are made up for by one run", all: `are made up for, at most ${policy?.most}` })[policy?.kind] ?? "";
