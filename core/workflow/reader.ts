import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Clock } from "../clock/clock.ts";
import { within } from "../clock/within.ts";
import { ownFile } from "../ownFiles.ts";
import type { Reading } from "./reading.ts";
import type { SourceFile } from "./sources.ts";

/** The longest that one file may take. */
const DEADLINE_MS = 10_000;

/** Loads files in a process of its own, which may loop, exit or crash: then the next file gets a new one. */
export class Reader implements AsyncDisposable {
  readonly #clock: Clock;
  #child: ChildProcess | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Loads one file, the one before having been answered. Never throws. */
  async read(file: SourceFile): Promise<Reading> {
    const child = (this.#child ??= start());
    try {
      return await within(this.#clock, DEADLINE_MS, () => new Error("late"), (signal) => ask(child, file, signal));
    } catch {
      const ended = child.exitCode !== null || child.signalCode !== null;
      await this[Symbol.asyncDispose]();
      return failed(ended ? "It ended its process while it was loaded." : `It was not loaded within ${DEADLINE_MS / 1000} seconds.`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }
}

function start(): ChildProcess {
  // Bounded, so that a file that fills the memory ends its process and nothing else.
  return fork(fileURLToPath(ownFile("core/workflow/checkProcess.ts")), { stdio: ["ignore", "ignore", "ignore", "ipc"], execArgv: ["--max-old-space-size=512"] });
}

/** @throws when the process ends or the signal aborts before it answers */
async function ask(child: ChildProcess, file: SourceFile, signal: AbortSignal): Promise<Reading> {
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  try {
    const answer = once(child, "message", { signal: stop });
    const end = once(child, "exit", { signal: stop }).then(() => Promise.reject(new Error("ended")));
    end.catch(() => {});
    child.send(file, () => {});
    const [reading] = (await Promise.race([answer, end])) as [Reading];
    return reading;
  } finally {
    over.abort();
  }
}

function failed(message: string): Reading {
  return { definitions: [], files: [], problems: [{ path: "", message, mend: "Let it define and export only; the work belongs in a step's run(ctx)." }] };
}
