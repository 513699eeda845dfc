import { systemClock } from "../../core/clock/system.ts";

/**
 * Asks again and again until the answer is what is wanted, for facts that another process makes true.
 * @param within milliseconds after which it gives up, with the last answer in the error
 */
export async function eventually<T>(ask: () => T | Promise<T>, wanted: (answer: T) => boolean, within = 45_000): Promise<T> {
  const deadline = systemClock.mono() + within;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (systemClock.mono() > deadline) throw new Error(`not within ${within} ms; the last answer was ${JSON.stringify(answer)?.slice(0, 2_000)}`);
    await systemClock.sleep(25);
  }
}
