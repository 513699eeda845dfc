import { writeSync } from "node:fs";
import { Session } from "node:inspector";
import { fileURLToPath } from "node:url";
import type { MessagePort } from "node:worker_threads";
import { systemClock } from "../clock/system.ts";
import { BEAT, BEAT_MS, type Blocked, RUNNING, type WatchdogOrders } from "./watchdogContract.ts";

/** Own ticks without a heartbeat. Ticks are counted, not time: a machine that stands still stops this thread too. */
const MISSED_TICKS = 4;
/** The loop answers when it next runs JavaScript. One that waits inside a system call may take long. */
const STACK_DEADLINE_MS = 100;

/** Waits for the main thread's heartbeat, and names whose code runs when it fails to come. */
export function serve(port: MessagePort, shared: Int32Array): void {
  let orders: WatchdogOrders = { folders: [], ids: [] };
  let lastBeat = -1;
  let missed = 0;
  const ticking = systemClock.interval(BEAT_MS, () => {
    const beat = Atomics.load(shared, BEAT);
    missed = beat === lastBeat ? missed + 1 : 0;
    lastBeat = beat;
    if (missed === MISSED_TICKS) void nameCulprit(port, orders, shared);
  });
  port.on("message", (next: WatchdogOrders) => {
    orders = next;
  });
  port.once("close", () => ticking.cancel());
}

async function nameCulprit(port: MessagePort, orders: WatchdogOrders, shared: Int32Array): Promise<void> {
  const stack = stackOfMainThread();
  const inTime = await Promise.race([stack, systemClock.sleep(STACK_DEADLINE_MS).then(() => null)]);
  const culprit = fromStack(inTime ?? [], orders) ?? fromMark(shared, orders) ?? fromStack(await stack, orders);
  if (!culprit) return;
  const words = `it blocks the event loop${culprit.place ? ` in ${culprit.place}` : ""}`;
  // The log belongs to the loop that stands still: say it here and now.
  const time = new Date(systemClock.now()).toISOString();
  const record = { level: "error", time, plugin: culprit.plugin, msg: `The plugin ${culprit.plugin}: ${words}` };
  writeSync(2, `${JSON.stringify(record)}\n`);
  port.postMessage({ plugin: culprit.plugin, words } satisfies Blocked);
}

interface Culprit {
  readonly plugin: string;
  readonly place: string | null;
}

interface Frame {
  readonly name: string;
  readonly url: string;
}

function fromStack(frames: readonly Frame[], orders: WatchdogOrders): Culprit | null {
  for (const { url, name } of frames) {
    const file = url.startsWith("file://") ? fileURLToPath(url) : url;
    const owner = orders.folders.find(([folder]) => file.startsWith(`${folder}/`));
    if (owner) return { plugin: owner[1], place: `${name || "a function"} (${file})` };
  }
  return null;
}

function fromMark(shared: Int32Array, orders: WatchdogOrders): Culprit | null {
  const plugin = orders.ids[Atomics.load(shared, RUNNING) - 1];
  return plugin === undefined ? null : { plugin, place: null };
}

/** Pauses the main thread for as long as it takes to read its stack. No port is opened for this. */
function stackOfMainThread(): Promise<readonly Frame[]> {
  const { promise, resolve } = Promise.withResolvers<readonly Frame[]>();
  const session = new Session();
  session.connectToMainThread();
  // Frames name their script by number only.
  const urls = new Map<string, string>();
  session.on("Debugger.scriptParsed", ({ params }) => urls.set(params.scriptId, params.url));
  session.once("Debugger.paused", ({ params }) => {
    resolve(params.callFrames.map(({ functionName, location }) => ({ name: functionName, url: urls.get(location.scriptId) ?? "" })));
    // Disconnecting lets the loop go on.
    session.disconnect();
  });
  session.post("Debugger.enable");
  session.post("Debugger.pause");
  return promise;
}
