import type { MessagePort } from "node:worker_threads";
import { MOST_UNSENT, type FromThread } from "../messages.ts";

/** Tells the gateway of calls, by way of the host. */
export interface Teller {
  tell(message: FromThread): void;
}

/**
 * A teller that waits, and the whole thread with it, while too much is on its way: so what a step prints fills neither
 * the host's memory nor the gateway's, whether the step awaits anything or not.
 */
export function createTeller(port: MessagePort, unsent: SharedArrayBuffer): Teller {
  const count = new Int32Array(unsent);
  const tell = (message: FromThread): void => {
    const json = JSON.stringify(message);
    let bytes = Atomics.add(count, 0, json.length) + json.length;
    port.postMessage(json);
    while (bytes > MOST_UNSENT) {
      Atomics.wait(count, 0, bytes);
      bytes = Atomics.load(count, 0);
    }
  };
  return { tell };
}
