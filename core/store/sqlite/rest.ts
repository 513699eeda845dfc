import type { Clock } from "../../clock/clock.ts";

/** Rests after the work for as long as that took, so that who calls it again and again leaves others half of what it needs. */
export async function withRest<T>(clock: Clock, work: () => Promise<T>): Promise<T> {
  const began = clock.mono();
  const done = await work();
  await clock.sleep(clock.mono() - began);
  return done;
}
