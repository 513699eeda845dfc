import { systemClock } from "../clock/system.ts";
import { ownFile } from "../ownFiles.ts";
import { Thread } from "../threads/thread.ts";
import { MARKER } from "./isolate/marker.ts";
import { endProcessesNow } from "./isolate/processes.ts";

/** Buffers know no limit of V8's. */
const MOST_BYTES = 2 ** 30;
const LOOK_MS = 50;

// A process for code that is only looked at. This thread never runs any of it, so that it notices when the memory fills, or
// who asked is gone, however busy the other thread is.
const port = new Thread("loom-check").run(ownFile("core/workflow/checkThread.ts"), null);
port.on("message", (answer) => process.send!(answer));
port.on("close", () => process.exit(1));
process.on("message", (file) => port.postMessage(file));
process.on("disconnect", () => {
  const marker = process.env[MARKER];
  if (marker !== undefined) endProcessesNow({ marker, except: process.pid });
  process.exit();
});
systemClock.interval(LOOK_MS, () => {
  if (process.memoryUsage.rss() > MOST_BYTES) process.exit(1);
});
