import { text } from "../state/shape.js";
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
    if (errors.includes(text(value)) || (key === "sessionId" && String(kept.sessionKey ?? "").includes(value))) continue;
    facts.push({ name: names[key] ?? plain(key), value: /cost/i.test(key) && typeof value === "number" ? money(value) : typeof value === "number" ? count(value) : key === "errorReason" ? plain(value) : text(value, String(value)).slice(0, 200) });
  }
  const usage = kept.usage instanceof Object ? kept.usage : {};
  const tokens = tokenLine({ ...kept, ...usage });
  if (tokens) facts.push({ name: "tokens", value: tokens });
  const cost = Object.entries(usage).find(([key, value]) => /cost/i.test(key) && typeof value === "number");
  if (cost) facts.push({ name: "cost", value: money(cost[1]) });
  const delivery = deliveryWords(kept.delivery, kept.deliveryStatus);
  if (delivery) facts.push({ name: "delivery", value: delivery });
  return facts.slice(0, 16);
}

const names = { errorReason: "reason", sessionKey: "session", sessionId: "session", deliveryError: "delivery", deliverySuppressionReason: "not delivered" };

/** Owners count in dollars, and in small parts of them. */
const money = (value) => `$${value.toFixed(value !== 0 && Math.abs(value) < 1 ? 4 : 2)}`;

/** `delivered · telegram 4711`: what became of the result, and where it was to go. */
function deliveryWords(delivery, status) {
  const place = [delivery?.resolved, delivery?.intended, delivery].find((one) => typeof one?.channel === "string");
  const words = typeof status === "string" ? status.replaceAll("-", " ") : "";
  return [words, place && [place.channel, place.to].filter((part) => typeof part === "string").join(" ").slice(0, 120)].filter(Boolean).join(" · ");
}

function tokenLine(usage) {
  const [into, out, total] = ["input", "output", "total"].map((kind) => usage[`${kind}_tokens`] ?? usage[`${kind}Tokens`]);
  const parts = [typeof into === "number" && `${count(into)} in`, typeof out === "number" && `${count(out)} out`].filter(Boolean);
  return parts.join(" · ") || (typeof total === "number" ? count(total) : "");
}

/** `triggerFired` and `model_not_found` as words. */
export function plain(name) {
  return String(name).slice(0, 200).replaceAll("_", " ").replaceAll(/([a-z])([A-Z])/g, (_, end, start) => `${end} ${start.toLowerCase()}`);
}
