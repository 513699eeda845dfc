import { duration, plural } from "./format.js";

/** What was asked of owners and waits for their limits, in words. Pure. */

/** So long a wait is not worth a word. */
const SOON = 5000;

/**
 * @param commands those that are not answered yet
 * @param {number} now milliseconds since 1970
 * @returns {string} empty when nothing waits for long
 */
export function queueWords(commands, now) {
  const queued = commands.filter((command) => command.status === "asked" && command.expectedWaitMs !== null);
  const turns = queued.map((command) => command.askedAt + command.expectedWaitMs).sort((a, b) => a - b);
  const left = (turns.at(-1) ?? 0) - now;
  if (queued.length === 0 || left < SOON) return "";
  const rate = perMinute(turns);
  return `${plural(queued.length, "command")} in the queue: ${rate ? `${rate} a minute, ` : ""}about ${duration(Math.ceil(left / 1000) * 1000)}`;
}

/** How many an owner takes in a minute, by the distance of their turns; null when it cannot be told. */
function perMinute(turns) {
  if (turns.length < 3) return null;
  const gap = (turns.at(-1) - turns[0]) / (turns.length - 1);
  return gap >= 1000 ? Math.round(60_000 / gap) : null;
}

/** One command's wait in words, or nothing when it is short or not known. */
export function waitWords(command, now) {
  const left = command.expectedWaitMs === null ? 0 : command.askedAt + command.expectedWaitMs - now;
  return left >= SOON ? `waits in the queue, about ${duration(Math.ceil(left / 1000) * 1000)}` : "";
}
