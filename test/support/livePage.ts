import { systemClock as clock } from "../../core/clock/system.ts";
import { PageServer } from "./pageServer.ts";
import { emptySample, makeSample } from "./sampleStrands.ts";

/** Lets runs begin, go on and end by themselves. */
export function live(server: PageServer): void {
  let turn = 0;
  clock.interval(1500, () => {
    const idle = server.strands.filter((strand) => strand.enabled && !strand.activeRun);
    const busy = server.strands.filter((strand) => strand.activeRun);
    turn++;
    if (turn % 2 === 1 && idle.length > 0) server.startRun(idle[(turn * 31) % idle.length]!.id);
    const old = busy[turn % Math.max(1, busy.length)];
    if (old?.activeRun?.stepId === "exec") server.reachStep(old.id, "deliver");
    else if (old) server.finishRun(old.id, turn % 23 === 0 ? "command exited with code 1" : null);
  });
}

if (import.meta.main) {
  const [count = "40", mood = "trouble"] = process.argv.slice(2);
  const now = clock.now();
  const server = await PageServer.start(mood === "empty" ? emptySample(now) : makeSample({ count: Number(count), mood: mood === "well" ? "well" : "trouble", now }));
  live(server);
  process.stdout.write(`${server.url}\n`);
}
