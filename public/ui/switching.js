import { plural } from "./format.js";

/** What is told before strands are switched on or off. Pure. */

const isScheduled = (strand) => !["manual", "event"].includes(strand.trigger.kind);

/** Whether somebody may choose, when it is enabled, that firings are made up for which fell while it was off. */
export const makesUp = (strand) => isScheduled(strand) && strand.woven !== null && strand.woven.misfire !== "skip";

function wovenWords(strand, enable) {
  if (!makesUp(strand)) return "Firings that fall while it is off are let go.";
  const policy = strand.woven.misfire === "once" ? "one run for all of them" : "a run for each, up to its limit";
  return enable ? `Firings that fell while it was off are let go, or made up for: ${policy}.` : `Whoever enables it again chooses whether firings that fell meanwhile are made up for (${policy}).`;
}

/**
 * @param strands those that would be switched
 * @param {boolean} enable
 * @returns {string[]} sentences: what happens to firings meanwhile, in each owner's words
 */
export function switchWords(strands, enable) {
  const scheduled = strands.filter(isScheduled);
  const told = new Map();
  for (const strand of scheduled) {
    const words = strand.woven ? wovenWords(strand, enable) : strand.firingsWhileOff ?? "Its owner does not tell what becomes of firings that fall while it is off.";
    told.set(words, (told.get(words) ?? 0) + 1);
  }
  const lines = [];
  if (scheduled.length === 0) lines.push(enable ? "It can be started again." : "Nothing is scheduled that could be missed.");
  for (const [words, count] of told) lines.push(told.size > 1 ? `${plural(count, "strand")}: ${words}` : words);
  const running = enable ? 0 : strands.filter((strand) => strand.activeRun).length;
  if (running > 0) lines.push(running === 1 ? "The run that is under way goes on." : `The ${running} runs that are under way go on.`);
  const reason = enable && strands.length === 1 && strands[0].disabledReason;
  if (reason) lines.push(`It was switched off: ${reason}`);
  return lines;
}
