import type { Clock } from "../clock/clock.ts";
import { within } from "../clock/within.ts";
import { LoomError } from "../errors/loomError.ts";

/** So long a plugin's answer is waited for, in milliseconds: it keeps one of its asker's places meanwhile. */
const ANSWER_MS = 10_000;

/**
 * What a plugin answers.
 * @param plugin its id
 * @throws LoomError PLUGIN_TIMEOUT where it answers nothing in time; what it had begun may go on
 */
export function pluginAnswer<T>(clock: Clock, plugin: string, ask: () => T | Promise<T>): Promise<T> {
  const late = (): LoomError => new LoomError("PLUGIN_TIMEOUT", `The plugin ${plugin} did not answer within ${ANSWER_MS / 1_000} s.`);
  return within(clock, ANSWER_MS, late, ask);
}
