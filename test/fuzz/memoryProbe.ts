/** Loaded before a gateway (`--import`): at each SIGWINCH all its threads give back the memory that they hold for later. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { BroadcastChannel, isMainThread } from "node:worker_threads";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as (options: object) => void;
/** As V8 does where a process has no memory left: the empty pages of the young generation go too. */
const giveBack = (): void => collect({ type: "major", execution: "sync", flavor: "last-resort" });

const threads = new BroadcastChannel("give back memory");
threads.unref();
if (isMainThread) {
  process.on("SIGWINCH", () => {
    threads.postMessage(null);
    giveBack();
  });
} else threads.onmessage = giveBack;
