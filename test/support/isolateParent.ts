// A gateway as far as its isolates go, for tests that kill it: starts what its arguments say, and prints what they log.
import { IsolateStage, versionOf } from "./isolateStage.ts";

const [nodeId, steps] = process.argv.slice(2) as [string, string];
const stage = new IsolateStage({}, nodeId);
for (const [index, source] of (JSON.parse(steps) as string[]).entries()) {
  // Each is a version of its own, and so has a thread of its own.
  void stage.step(versionOf({ only: source }), "only", { idempotencyKey: `${index}` }, { log: (_level, message) => void process.stdout.write(`${message}\n`), placed: ({ pid, startTime }) => void process.stdout.write(`placed ${pid} ${startTime}\n`) });
}
process.stdin.resume();
