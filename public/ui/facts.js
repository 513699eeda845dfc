import { count } from "./format.js";

/** What an owner tells of a run beside its outcome, as people would say it. Pure. */

/** Told already by the steps, or of no use to a reader. */
const untold = new Set(["completionStatus", "deliveryStatus", "delivery", "usage", "input_tokens", "inputTokens", "output_tokens", "outputTokens", "total_tokens", "totalTokens"]);

/**
 * @param {Record<string, unknown> | null} summary as the owner keeps it
 * @param {{ code: string | null, errors: string[] }} told what the run and its steps say already
 * @returns {{ name: string, value: string }[]} at most sixteen
 */
export function runFacts(summary, { code, errors }) {
  const kept = { ...(code && { errorReason: code }), ...summary };
  const facts = [];
  for (const [key, value] of Object.entries(kept)) {
    if (untold.has(key) || !["string", "number", "boolean"].includes(typeof value)) continue;
    if (errors.includes(value) || (key === "sessionId" && String(kept.sessionKey ?? "").includes(value))) continue;
    facts.push({ name: names[key] ?? plain(key), value: typeof value === "number" ? count(value) : key === "errorReason" ? plain(value) : String(value).slice(0, 200) });
  }
  const tokens = tokenLine({ ...kept, ...(kept.usage instanceof Object ? kept.usage : {}) });
  if (tokens) facts.push({ name: "tokens", value: tokens });
  return facts.slice(0, 16);
}

const names = { errorReason: "reason", sessionKey: "session", sessionId: "session", deliveryError: "delivery", deliverySuppressionReason: "not delivered" };

function tokenLine(usage) {
  const [into, out, total] = ["input", "output", "total"].map((kind) => usage[`${kind}_tokens`] ?? usage[`${kind}Tokens`]);
  const parts = [typeof into === "number" && `${count(into)} in`, typeof out === "number" && `${count(out)} out`].filter(Boolean);
  return parts.join(" · ") || (typeof total === "number" ? count(total) : "");
}

/** `triggerFired` and `model_not_found` as words. */
function plain(name) {
  return String(name).slice(0, 200).replaceAll("_", " ").replaceAll(/([a-z])([A-Z])/g, (_, end, start) => `${end} ${start.toLowerCase()}`);
}
