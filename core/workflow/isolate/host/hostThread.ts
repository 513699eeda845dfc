import { Worker } from "node:worker_threads";
import type { Clock, Timer } from "../../../clock/clock.ts";
import { ownFile } from "../../../ownFiles.ts";
import { MARKER } from "../marker.ts";
import { ARE_YOU_THERE, MOST_UNSENT, type HostData, type ThreadData, type ThreadEnd } from "../messages.ts";
import { endProcesses } from "../processes.ts";

const YOUNG_MB = 32;

/** A thread as the host's main thread sees it. */
export class HostThread {
  readonly thread: number;
  readonly marker: string;
  /** Settles when it has ended. */
  readonly ended: Promise<{ readonly why: ThreadEnd; readonly message: string }>;
  readonly #worker: Worker;
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #unsent: Int32Array<SharedArrayBuffer>;
  readonly #isStuck: () => void;
  #late: Timer | null = null;
  #isOver = false;
  #why: ThreadEnd | null = null;
  #message = "";
  #unanswered = 0;
  /** Whether it can answer: until then it loads our code, which takes as long as the machine does. */
  #isUp = false;

  /**
   * @param isStuck hears that it was to end and does not
   * @param tell hands a line of the thread on, and calls back when it is sent
   */
  constructor(thread: number, marker: string, { limits, egress }: Pick<HostData, "limits" | "egress">, clock: Clock, isStuck: () => void, tell: (json: string, sent: () => void) => void) {
    this.thread = thread;
    this.marker = marker;
    this.#clock = clock;
    this.#graceMs = limits.graceMs;
    this.#isStuck = isStuck;
    this.#unsent = new Int32Array(new SharedArrayBuffer(4));
    this.#worker = new Worker(ownFile("core/workflow/isolate/thread/threadMain.ts"), {
      name: `loom-steps-${thread}`,
      workerData: { marker, limits, egress, unsent: this.#unsent.buffer } satisfies ThreadData,
      env: { ...process.env, [MARKER]: marker },
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMb, maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.#worker.on("message", (json: string) => {
      if (json === ARE_YOU_THERE) [this.#isUp, this.#unanswered] = [true, 0];
      else tell(json, () => this.#sent(json.length));
    });
    // Before anything that may keep it busy.
    this.post(ARE_YOU_THERE);
    this.ended = this.#watchEnd();
  }

  post(json: string): void {
    this.#worker.postMessage(json);
  }

  /** Ends it wherever it is, and the programs that it may wait for in a system call. */
  end(why: ThreadEnd, message: string): void {
    if (this.#isOver || this.#why !== null) return;
    this.#why = why;
    this.#message = message;
    // JavaScript ends within a few milliseconds; a system call that nothing ends never does.
    this.#late = this.#clock.timer(this.#graceMs, this.#isStuck);
    void this.#worker.terminate();
    void endProcesses(this.#clock, { marker: this.marker });
  }

  /** Why it is to end; null while it is not. */
  get ending(): { readonly why: ThreadEnd; readonly message: string } | null {
    return this.#why && { why: this.#why, message: this.#message };
  }

  /** Asks whether its event loop turns, and says how often in a row it has not answered by now. */
  unanswered(): number {
    if (!this.#isUp) return 0;
    // Kept waiting by us.
    if (Atomics.load(this.#unsent, 0) > MOST_UNSENT) this.#unanswered = 0;
    if (this.#unanswered === 0) this.#worker.postMessage(ARE_YOU_THERE);
    return this.#unanswered++;
  }

  /** Bytes of its heap and of its Buffers; null: it does not answer. */
  async memory(withinMs: number): Promise<number | null> {
    const late = this.#clock.sleep(withinMs).then(() => null);
    const told = this.#worker.getHeapStatistics().then(({ used_heap_size, external_memory }) => used_heap_size + external_memory, () => 0);
    return Promise.race([told, late]);
  }

  #sent(length: number): void {
    Atomics.sub(this.#unsent, 0, length);
    Atomics.notify(this.#unsent, 0);
  }

  async #watchEnd(): Promise<{ why: ThreadEnd; message: string }> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#worker.on("error", (error: NodeJS.ErrnoException) => {
      this.#why ??= error.code === "ERR_WORKER_OUT_OF_MEMORY" ? "heap" : "threw";
      this.#message ||= String(error?.message ?? error);
    });
    this.#worker.on("exit", () => resolve());
    await promise;
    this.#isOver = true;
    this.#late?.cancel();
    return { why: this.#why ?? "exited", message: this.#message };
  }
}
