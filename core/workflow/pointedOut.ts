import { isFitSecret, SHORTEST_WEBHOOK_SECRET } from "./webhookSecret.ts";
import type { Clash, Defined } from "./together.ts";

/** What is right, and yet starts nothing as things are: a webhook without its secret, a time that is over. */
export function idleStarts(all: readonly Defined[], env: Readonly<Record<string, string | undefined>>, now: number): Clash[] {
  return all.flatMap((one) => {
    const facts = one.definition.kind === "workflow" ? one.definition.facts : null;
    if (!facts) return [];
    const told = (path: string, message: string, mend: string): Clash => ({ ...one, problem: { path, message, mend } });
    const hooks = facts.triggers.flatMap((trigger, index) =>
      "webhook" in trigger && !isFitSecret(env[trigger.secret]) ? [told(`triggers.${index}.secret`, `The variable ${trigger.secret} ${env[trigger.secret] ? `has less than ${SHORTEST_WEBHOOK_SECRET} characters` : "is not set"} here; without a good one every request is refused.`, "Set it in .env, such as to what `openssl rand -hex 32` prints, and start Loom again.")] : [],
    );
    const { schedule } = facts;
    return schedule.kind === "at" && schedule.atMs < now ? [...hooks, told("schedule.at", "This time is over, so that the clock starts it no more.", "Give another one, or remove it.")] : hooks;
  });
}
