import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Clock } from "../clock/clock.ts";
import { within } from "../clock/within.ts";
import { ownFile } from "../ownFiles.ts";
import type { ToRead } from "./checkThread.ts";
import type { Reading } from "./reading.ts";
import type { SourceFile } from "./sources.ts";

/** The longest that one file may take. */
const DEADLINE_MS = 10_000;

/** Loads files in a process of its own, which may loop, exit or crash: then the next file gets a new one. */
export class Reader implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #hostZone: string;
  #running: Running | null = null;
  /** How many files the process has loaded. */
  #loaded = 0;

  /** @param hostZone IANA name; for schedules that name none */
  constructor(clock: Clock, hostZone = Intl.DateTimeFormat().resolvedOptions().timeZone) {
    this.#clock = clock;
    this.#hostZone = hostZone;
  }

  /** Starts the process, where there is none. Resolves when it is ready for a file, or has ended. */
  warm(): Promise<unknown> {
    return (this.#running ??= start()).ready;
  }

  /** Loads one file, the one before having been answered. Never throws. */
  async read(file: SourceFile): Promise<Reading> {
    const { child, ready } = (this.#running ??= start());
    try {
      await ready;
      const reading = await within(this.#clock, DEADLINE_MS, () => new Error("late"), (signal) => ask(child, { ...file, hostZone: this.#hostZone }, signal));
      this.#loaded += 1;
      return reading;
    } catch {
      const ended = hasEnded(child);
      const isFresh = this.#loaded === 0;
      await this[Symbol.asyncDispose]();
      // It may be what an earlier file left behind that ended it.
      if (ended && !isFresh) return this.read(file);
      return failed(ended ? "It ended its process while it was loaded." : `It was not loaded within ${DEADLINE_MS / 1000} seconds.`);
    }
  }

  /** Ends the process; what it is loading has failed. */
  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#running?.child;
    this.#running = null;
    this.#loaded = 0;
    if (!child || hasEnded(child)) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }
}

interface Running {
  readonly child: ChildProcess;
  readonly ready: Promise<unknown>;
}

function start(): Running {
  // Bounded, so that a file that fills the memory ends its process and nothing else.
  const child = fork(fileURLToPath(ownFile("core/workflow/checkProcess.ts")), { stdio: ["ignore", "ignore", "ignore", "ipc"], execArgv: ["--max-old-space-size=512"] });
  return { child, ready: Promise.race([once(child, "message"), once(child, "exit")]).catch(() => {}) };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** @throws when the process ends or the signal aborts before it answers */
async function ask(child: ChildProcess, file: ToRead, signal: AbortSignal): Promise<Reading> {
  if (hasEnded(child)) throw new Error("ended");
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
  return { definitions: [], bundle: null, files: [], problems: [{ path: "", message, mend: "Let it define and export only; the work belongs in a step's run(ctx)." }] };
}
