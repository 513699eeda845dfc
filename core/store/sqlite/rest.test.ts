import { expect, it } from "vitest";
import { FakeClock } from "../../testing/fakeClock.ts";
import { withRest } from "./rest.ts";

it("rests after the work for as long as that took", async () => {
  const clock = new FakeClock();
  const work = Promise.withResolvers<string>();
  let done: string | undefined;
  const resting = withRest(clock, () => work.promise).then((answer) => (done = answer));
  await clock.advance(30);
  work.resolve("given");
  await clock.advance(29);
  expect(done).toBeUndefined();
  await clock.advance(1);
  expect(await resting).toBe("given");
});
