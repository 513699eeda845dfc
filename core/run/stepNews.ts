import type { Log } from "../log/log.ts";
import type { StepNews } from "./contract.ts";

/** Hands on what happens in steps under way, and remembers how far they are. */
export class News {
  readonly #log: Log;
  readonly #listeners = new Set<(news: StepNews) => void>();
  readonly #progress = new Map<string, Map<string, number>>();

  constructor(log: Log) {
    this.#log = log;
  }

  on(listener: (news: StepNews) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  output(runId: string, step: string, text: string, bytes: number): void {
    this.#tell({ is: "output", runId, step, text, bytes });
  }

  progressed(runId: string, step: string, fraction: number): void {
    const run = this.#progress.get(runId) ?? new Map<string, number>();
    this.#progress.set(runId, run.set(step, fraction));
    this.#tell({ is: "progress", runId, step, fraction });
  }

  /** How far the rows of a run are that told. */
  progress(runId: string): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#progress.get(runId) ?? []);
  }

  /** Its attempt is over. */
  ended(runId: string, step: string): void {
    const run = this.#progress.get(runId);
    run?.delete(step);
    if (run?.size === 0) this.#progress.delete(runId);
  }

  #tell(news: StepNews): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(news);
      } catch (error) {
        this.#log.error("who watches steps threw", { error });
      }
    }
  }
}
