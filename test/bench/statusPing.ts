/** A process of its own that asks OpenClaw for `cron.status` each 20 ms: the wait of somebody else beside Loom. */
import { systemClock } from "../../core/clock/system.ts";
import { OpenClawRpc } from "../support/openclawRpc.ts";

const EACH_MS = 20;

/** Waits of the last measurement, in milliseconds. */
export type Waits = readonly number[];

if (import.meta.main) {
  const [url, token] = process.argv.slice(2);
  const rpc = new OpenClawRpc(url!, token!);
  let waits: number[] = [];
  process.on("message", () => {
    process.send!(waits);
    waits = [];
  });
  process.on("disconnect", () => process.exit());
  await rpc.call("cron.status");
  process.send!([]);
  for (;;) {
    const began = systemClock.mono();
    await rpc.call("cron.status");
    const wait = systemClock.mono() - began;
    waits.push(wait);
    await systemClock.sleep(Math.max(0, EACH_MS - wait));
  }
}
