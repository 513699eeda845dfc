import { plural } from "./format.js";

/** What is told before strands are switched on or off. Pure. */

/**
 * @param strands those that would be switched
 * @param {boolean} enable
 * @returns {string[]} sentences: what happens to firings meanwhile, in each owner's words
 */
export function switchWords(strands, enable) {
  const scheduled = strands.filter((strand) => !["manual", "event"].includes(strand.trigger.kind));
  const told = new Map();
  for (const strand of scheduled) {
    const words = strand.firingsWhileOff ?? "Its owner does not tell what becomes of firings that fall while it is off.";
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
