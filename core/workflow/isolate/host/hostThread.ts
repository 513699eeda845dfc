import { Worker } from "node:worker_threads";
import type { Clock, Timer } from "../../../clock/clock.ts";
import { messageOf } from "../../../errors/loomError.ts";
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
  readonly #clock: Clock;
  readonly #limits: HostData["limits"];
  readonly #egress: HostData["egress"];
  readonly #tell: (json: string, sent: () => void) => void;
  readonly #ready = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<void>();
  readonly #unsent: Int32Array<SharedArrayBuffer>;
  readonly #isStuck: () => void;
  /** Null: it is not started yet. */
  #worker: Worker | null = null;
  /** Told before. */
  readonly #early: string[] = [];
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
    [this.thread, this.marker, this.#limits, this.#egress] = [thread, marker, limits, egress];
    [this.#clock, this.#isStuck, this.#tell] = [clock, isStuck, tell];
    this.#unsent = new Int32Array(new SharedArrayBuffer(4));
    this.ended = this.#watchEnd();
  }

  /** To be called once. Answers when it is ready for calls, or is not going to be. */
  async start(): Promise<void> {
    if (this.#why !== null) return;
    const worker = this.#make();
    if (!worker) return;
    this.#worker = worker;
    worker.on("message", (said: unknown) => {
      if (said === ARE_YOU_THERE) this.#answered();
      else if (isOurs(said)) this.#tell(said, () => this.#sent(said.length));
      else this.#leaveUnheard(worker);
    });
    worker.on("error", (error: NodeJS.ErrnoException) => {
      this.#why ??= this.#whyOf(error);
      this.#message ||= String(error?.message ?? error);
    });
    worker.on("exit", () => this.#gone.resolve());
    // Asked before anything that may keep it busy.
    for (const json of [ARE_YOU_THERE, ...this.#early.splice(0)]) worker.postMessage(json);
    await Promise.race([this.#ready.promise, this.#gone.promise]);
  }

  /** Null: there is no room for one more, and so it is over. */
  #make(): Worker | null {
    const { marker } = this;
    const { heapMb, resultBytes, artifactBytes, programEnv } = this.#limits;
    try {
      return new Worker(ownFile("core/workflow/isolate/thread/threadMain.ts"), {
        name: `loom-steps-${this.thread}`,
        workerData: { marker, limits: { resultBytes, artifactBytes, programEnv }, egress: this.#egress, unsent: this.#unsent.buffer } satisfies ThreadData,
        env: { ...process.env, [MARKER]: marker },
        resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: YOUNG_MB },
      });
    } catch (error) {
      [this.#why, this.#message] = ["unstarted", messageOf(error)];
      this.#gone.resolve();
      return null;
    }
  }

  post(json: string): void {
    if (this.#worker) this.#worker.postMessage(json);
    else this.#early.push(json);
  }

  /** Ends it wherever it is, and the programs that it may wait for in a system call. */
  end(why: ThreadEnd, message: string): void {
    if (this.#isOver || this.#why !== null) return;
    this.#why = why;
    this.#message = message;
    // JavaScript ends within a few milliseconds; a system call that nothing ends never does.
    this.#late = this.#clock.timer(this.#limits.graceMs, this.#isStuck);
    if (this.#worker) void this.#worker.terminate();
    else this.#gone.resolve();
    void endProcesses(this.#clock, { marker: this.marker });
  }

  /** Why it is to end; null while it is not. */
  get ending(): { readonly why: ThreadEnd; readonly message: string } | null {
    return this.#why && { why: this.#why, message: this.#message };
  }

  /** Asks whether its event loop turns, and says how often in a row it has not answered by now. */
  unanswered(): number {
    if (!this.#worker || !this.#isUp) return 0;
    // Kept waiting by us.
    if (Atomics.load(this.#unsent, 0) > MOST_UNSENT) this.#unanswered = 0;
    if (this.#unanswered === 0) this.#worker.postMessage(ARE_YOU_THERE);
    return this.#unanswered++;
  }

  /** Bytes of its heap and of its Buffers; null: it does not answer. */
  async memory(withinMs: number): Promise<number | null> {
    if (!this.#worker) return 0;
    const late = this.#clock.sleep(withinMs).then(() => null);
    const told = this.#worker.getHeapStatistics().then(({ used_heap_size, external_memory }) => used_heap_size + external_memory, () => 0);
    return Promise.race([told, late]);
  }

  /** What workflow code posts ends its own thread, where else the whole host would end for a line that nobody can read. */
  #leaveUnheard(worker: Worker): void {
    worker.removeAllListeners("message");
    this.end("threw", "Something posted to the port of its thread, on which Loom hears of its steps.");
  }

  #whyOf({ code }: NodeJS.ErrnoException): ThreadEnd {
    if (code === "ERR_WORKER_INIT_FAILED" && !this.#isUp) return "unstarted";
    return code === "ERR_WORKER_OUT_OF_MEMORY" ? "heap" : "threw";
  }

  #answered(): void {
    [this.#isUp, this.#unanswered] = [true, 0];
    this.#ready.resolve();
  }

  #sent(length: number): void {
    Atomics.sub(this.#unsent, 0, length);
    Atomics.notify(this.#unsent, 0);
  }

  async #watchEnd(): Promise<{ why: ThreadEnd; message: string }> {
    await this.#gone.promise;
    this.#isOver = true;
    this.#late?.cancel();
    return { why: this.#why ?? "exited", message: this.#message };
  }
}

/** Whether a thread of ours may have said it: one line of a call. */
function isOurs(said: unknown): said is string {
  return typeof said === "string" && /^\{"is":"[a-z]+","call":\d+[,}]/.test(said) && !said.includes("\n");
}
