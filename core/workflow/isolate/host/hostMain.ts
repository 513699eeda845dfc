import { writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { availableParallelism } from "node:os";
import { systemClock } from "../../../clock/system.ts";
import { fromLine, LineReader, toLine } from "../lines.ts";
import { markerOf } from "../marker.ts";
import { LONGEST_TO_HOST, type FromHost, type HostData, type ToHost } from "../messages.ts";
import { endProcesses, endProcessesNow, findProcesses, type Wanted } from "../processes.ts";
import { ProcessGroup } from "../processGroup.ts";
import { HostThread } from "./hostThread.ts";
import { Watch } from "./watch.ts";

/** The main thread of a host. It runs no code of users, so that it always answers and always ends what it has to. */
const CONTROL = 3;
/** Programs that are about to end by themselves get so long. */
const LEAVE_MS = 200;
/** The longest that threads may take to end before the process ends without them. */
const THREADS_END_MS = 500;
/** Of 1000: before all that matters more. */
const OOM_SCORE = "800";

const { marker, limits, egress } = JSON.parse(process.argv[2]!) as HostData;
const control = new Socket({ fd: CONTROL, readable: true, writable: true });
const threads = new Map<number, HostThread>();
/** To start a thread is work for a core: all at once, each would be ready as late as the last. */
const starts: HostThread[] = [];
let canStart = Math.max(1, Math.floor(availableParallelism() / limits.hosts));
const lines = new LineReader(LONGEST_TO_HOST);
let lastRss = 0;
const ours: Wanted = { marker, session: process.pid, except: process.pid };

const tell = (message: FromHost): void => void control.write(toLine(0, JSON.stringify(message)));
const watch = new Watch({
  clock: systemClock,
  limits,
  threads: () => [...threads.values()],
  rss,
  worn: () => tell({ is: "worn" }),
  stuck,
});

/** As it was last, where a step has left no descriptor to ask with. */
function rss(): number {
  try {
    lastRss = process.memoryUsage.rss();
  } catch {
    // It is asked again soon.
  }
  return lastRss;
}

function stuck({ thread, ending }: HostThread): void {
  if (ending) tell({ is: "stuck", thread, ...ending });
}

function startThread(id: number): void {
  const thread: HostThread = new HostThread(id, `${marker}${markerOf(`t${id}`)}`, { limits, egress }, systemClock, () => stuck(thread), (json, sent) => void control.write(toLine(id, json), sent));
  threads.set(id, thread);
  starts.push(thread);
  void startNext();
  void thread.ended.then(async ({ why, message }) => {
    threads.delete(id);
    await endProcesses(systemClock, { marker: thread.marker });
    // The next one could not be started either.
    if (why === "unstarted") tell({ is: "worn" });
    tell({ is: "threadEnded", thread: id, why, message });
  });
}

async function startNext(): Promise<void> {
  if (canStart === 0 || starts.length === 0) return;
  canStart--;
  await starts.shift()!.start();
  canStart++;
  void startNext();
}

async function sweep({ thread, call }: { thread: number; call: number }): Promise<void> {
  const wanted = { marker: `${marker}${markerOf(`t${thread}`, `c${call}`)}` };
  if ((await findProcesses(wanted)).length > 0) await systemClock.sleep(LEAVE_MS);
  tell({ is: "swept", call, found: await endProcesses(systemClock, wanted) });
}

function obey(message: ToHost): void {
  switch (message.do) {
    case "startThread":
      return startThread(message.thread);
    case "endThread":
      return threads.get(message.thread)?.end("asked", "");
    case "sweep":
      return void sweep(message);
    case "watch":
      return watch.turn(message.on);
    case "ping":
      return tell({ is: "pong" });
  }
}

/** The gateway is gone, or wants this: nothing of ours stays. */
async function end(): Promise<void> {
  watch.turn(false);
  const ended = [...threads.values()].map((thread) => (thread.end("asked", ""), thread.ended));
  endProcessesNow(ours);
  await Promise.race([Promise.all(ended), systemClock.sleep(THREADS_END_MS)]);
  while (endProcessesNow(ours) > 0);
  ProcessGroup.own(marker)?.kill();
  process.kill(process.pid, "SIGKILL");
}

try {
  writeFileSync("/proc/self/oom_score_adj", OOM_SCORE);
} catch {
  // Not a Linux, or not allowed here: the system chooses by itself.
}
control.on("data", (bytes: Buffer) => {
  for (const line of lines.take(bytes)) {
    const { thread, json } = fromLine(line);
    if (thread === 0) obey(JSON.parse(json) as ToHost);
    else threads.get(thread)?.post(json);
  }
});
control.once("error", () => {});
control.once("close", () => void end());
