import { systemClock } from "../../../clock/system.ts";
import { withCauses } from "../../../errors/causes.ts";
import { isLoomError, stackOf } from "../../../errors/loomError.ts";
import type { StepFailure } from "../contract.ts";
import type { Task } from "../messages.ts";
import { Artifacts } from "./artifacts.ts";
import { clip } from "./clip.ts";
import { Output } from "./output.ts";
import { isCallFailure } from "./result.ts";
import type { Teller } from "./teller.ts";

const PROGRESS_MS = 50;
/** More nobody looks at: each is a row of its own, in the database and on the page. */
const MOST_PHASES = 200;

/** One call while it is under way in this thread. */
export class StepRun {
  readonly call: number;
  readonly task: Task;
  readonly output: Output;
  readonly artifacts: Artifacts;
  /** In the environment of what it starts. */
  readonly marker: string;
  readonly #teller: Teller;
  readonly #stop = new AbortController();
  #progress: { readonly fraction: number; told: boolean; readonly at: number } | null = null;
  #phases = 0;
  #isOver = false;
  /** Whether it started programs. */
  spawned = false;

  constructor(call: number, task: Task, marker: string, teller: Teller, artifactBytes: number) {
    this.call = call;
    this.task = task;
    this.marker = marker;
    this.output = new Output(teller, call);
    this.artifacts = new Artifacts(teller, call, artifactBytes);
    this.#teller = teller;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  stop(reason: "timeout" | "cancelled"): void {
    this.#stop.abort(reason === "timeout" ? new DOMException("The step took too long", "TimeoutError") : new DOMException("The step was cancelled", "AbortError"));
  }

  progress(fraction: number): void {
    if (this.#isOver || !Number.isFinite(fraction)) return;
    const [at, last] = [systemClock.mono(), this.#progress];
    const isDue = last === null || at - last.at >= PROGRESS_MS;
    this.#progress = { fraction: Math.min(1, Math.max(0, fraction)), told: false, at: isDue ? at : last.at };
    if (isDue) this.#tellProgress();
  }

  /** Whether one more phase is shown; says in its output once that it is not. */
  showsPhase(): boolean {
    if (++this.#phases === MOST_PHASES + 1) this.output.print("stderr", `Of its phases the first ${MOST_PHASES} are shown.\n`);
    return this.#phases <= MOST_PHASES;
  }

  /** @param data its result, as JSON */
  complete(data: string): void {
    if (!this.#end()) return;
    const { call, spawned } = this;
    this.#teller.tell({ is: "done", call, spawned, data });
  }

  /** Only the first end counts. */
  fail(error: unknown, code: StepFailure = codeOf(error)): void {
    if (!this.#end()) return;
    const stack = isCallFailure(error) ? null : clip(stackOf(error)) || null;
    this.#teller.tell({ is: "failed", call: this.call, spawned: this.spawned, code, message: clip(withCauses(error)), stack });
  }

  #end(): boolean {
    if (this.#isOver) return false;
    this.output.flush();
    if (this.#progress?.told === false) this.#tellProgress();
    this.#isOver = true;
    this.artifacts.end();
    return true;
  }

  #tellProgress(): void {
    const progress = this.#progress!;
    progress.told = true;
    this.#teller.tell({ is: "progress", call: this.call, fraction: progress.fraction });
  }
}

function codeOf(error: unknown): StepFailure {
  if (isCallFailure(error)) return error.code;
  return isLoomError(error) && error.code === "EGRESS_REFUSED" ? error.code : "STEP_THREW";
}
