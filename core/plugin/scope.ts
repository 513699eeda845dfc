import type { Clock } from "../clock/clock.ts";
import { within } from "../clock/within.ts";
import { messageOf } from "../errors/loomError.ts";
import type { Log } from "../log/log.ts";

export type Cleanup = Disposable | AsyncDisposable | (() => void | Promise<void>);

/** One clean-up that takes longer is left behind. */
const CLEANUP_DEADLINE_MS = 5_000;
/** All clean-ups of a scope together. */
export const SCOPE_BUDGET_MS = 10_000;

/**
 * Everything that one generation of a plugin has taken, given back last-in first-out. Unlike AsyncDisposableStack it
 * lets single things go early, so that a plugin that lives for months holds no clean-ups of what is long gone; and one
 * that hangs or throws does not keep the others.
 */
export class Scope {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #abort = new AbortController();
  readonly #cleanups = new Set<{ readonly run: () => void | Promise<void>; readonly what: string }>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Aborts when closing begins. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /**
   * Takes charge of a clean-up. On a closed scope it runs at once.
   * @returns runs it early
   */
  adopt(cleanup: Cleanup, what = "clean-up"): Disposable {
    const entry = { run: toFunction(cleanup), what };
    if (this.signal.aborted) {
      this.#log.warn(`Registered after the unload and undone at once: ${what}`);
      void this.#run(entry, CLEANUP_DEADLINE_MS);
      return { [Symbol.dispose]() {} };
    }
    this.#cleanups.add(entry);
    return {
      [Symbol.dispose]: () => {
        if (this.#cleanups.delete(entry)) void this.#run(entry, CLEANUP_DEADLINE_MS);
      },
    };
  }

  /**
   * Runs all clean-ups, the last first.
   * @param budgetMs after that long the rest is only begun, not waited for
   * @returns what went wrong, in words
   */
  async close(budgetMs = SCOPE_BUDGET_MS): Promise<readonly string[]> {
    const end = this.#clock.mono() + budgetMs;
    this.#abort.abort(new Error("The plugin is unloaded"));
    const failures: string[] = [];
    for (const entry of [...this.#cleanups].reverse()) {
      this.#cleanups.delete(entry);
      const failure = await this.#run(entry, Math.min(CLEANUP_DEADLINE_MS, Math.max(0, end - this.#clock.mono())));
      if (failure) failures.push(failure);
    }
    return failures;
  }

  async #run({ run, what }: { readonly run: () => void | Promise<void>; readonly what: string }, deadlineMs: number): Promise<string | null> {
    try {
      // Most clean-ups are over when they return: no timer for those.
      const running = run();
      if (running) await within(this.#clock, deadlineMs, () => new Error(`did not finish within ${deadlineMs / 1000} s`), () => running);
      return null;
    } catch (error) {
      const failure = `A ${what} failed: ${messageOf(error)}`;
      this.#log.warn(failure, { error });
      return failure;
    }
  }
}

function toFunction(cleanup: Cleanup): () => void | Promise<void> {
  if (typeof cleanup === "function") return cleanup;
  if (Symbol.asyncDispose in cleanup) return () => Promise.resolve(cleanup[Symbol.asyncDispose]());
  return () => cleanup[Symbol.dispose]();
}
