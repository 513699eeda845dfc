import { once } from "node:events";
import { Worker } from "node:worker_threads";

const RESOLUTION_MS = 5;
const BODY = `
  const { parentPort } = require("node:worker_threads");
  const late = require("node:perf_hooks").monitorEventLoopDelay({ resolution: ${RESOLUTION_MS} });
  parentPort.once("message", () => parentPort.postMessage(late.max / 1e6));
  late.enable();
`;

/** A thread with nothing to do but to wake up: where that is late, the machine is held up, and not what is measured beside it. */
export class IdleThread {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  static async begun(): Promise<IdleThread> {
    const worker = new Worker(BODY, { eval: true });
    await once(worker, "online");
    return new IdleThread(worker);
  }

  /** Answers by how many milliseconds it was late at most. */
  async end(): Promise<number> {
    this.#worker.postMessage("end");
    const [longest] = (await once(this.#worker, "message")) as [number];
    await this.#worker.terminate();
    return Math.max(0, longest - RESOLUTION_MS);
  }
}
