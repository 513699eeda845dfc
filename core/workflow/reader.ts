import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Clock } from "../clock/clock.ts";
import { systemClock } from "../clock/system.ts";
import { within } from "../clock/within.ts";
import { ownFile } from "../ownFiles.ts";
import type { ToRead } from "./checkThread.ts";
import { MARKER, markerOf } from "./isolate/marker.ts";
import { endProcesses } from "./isolate/processes.ts";
import { redactedReading, type Reading } from "./reading.ts";
import type { SourceFile } from "./sources.ts";

/** The longest that one file may take. */
const DEADLINE_MS = 10_000;
/** Processes that were started here. */
let started = 0;

export interface ReaderOptions {
  readonly clock: Clock;
  /** IANA name; for schedules that name none. */
  readonly hostZone: string;
  /** What files find in `process.env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the markers of its processes begin with; no other program's may. */
  readonly marker: string;
  /** Takes secrets out of what is told of files. */
  readonly redact: (text: string) => string;
}

/** Loads files in a process of its own, which may loop, exit or crash: then the next file gets a new one. */
export class Reader implements AsyncDisposable {
  readonly #options: ReaderOptions;
  #running: Running | null = null;
  /** How many files the process has loaded. */
  #loaded = 0;
  /** Settles when the processes that were to end are gone, and what files started in them. */
  #ended: Promise<void> = Promise.resolve();

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** How long its process took to start, in milliseconds: what a busy machine takes for little. */
  get startedInMs(): number {
    return this.#running?.startedInMs ?? 0;
  }

  /** Starts the process, where there is none. Resolves when it is ready for a file, or has ended. */
  warm(): Promise<unknown> {
    return (this.#running ??= start(this.#options)).ready;
  }

  /** Loads one file, the one before having been answered. Never throws. */
  async read(file: SourceFile): Promise<Reading> {
    const { clock, hostZone, redact } = this.#options;
    const { child, ready } = (this.#running ??= start(this.#options));
    try {
      await ready;
      const reading = await within(clock, DEADLINE_MS, () => new Error("late"), (signal) => ask(child, { ...file, hostZone }, signal));
      this.#loaded += 1;
      return redactedReading(reading, redact);
    } catch {
      const ended = hasEnded(child);
      const isFresh = this.#loaded === 0;
      await this[Symbol.asyncDispose]();
      // It may be what an earlier file left behind that ended it.
      if (ended && !isFresh) return this.read(file);
      return failed(ended ? "It ended its process while it was loaded." : `It was not loaded within ${DEADLINE_MS / 1000} seconds.`);
    }
  }

  /** Ends the process, and what files started in it; what it is loading has failed. */
  async [Symbol.asyncDispose](): Promise<void> {
    const running = this.#running;
    this.#running = null;
    this.#loaded = 0;
    if (running) this.#ended = Promise.all([this.#ended, end(running)]).then(() => {});
    await this.#ended;
  }
}

interface Running {
  readonly child: ChildProcess;
  /** Its own, so that its end is not that of the process which takes its place. */
  readonly marker: string;
  readonly ready: Promise<unknown>;
  startedInMs: number;
}

function start({ clock, env, marker: owner }: ReaderOptions): Running {
  const begun = clock.mono();
  const marker = `${owner}${markerOf(++started)}`;
  const child = fork(fileURLToPath(ownFile("core/workflow/checkProcess.ts")), {
    env: { ...env, [MARKER]: marker },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    // Bounded, so that a file that fills the memory ends its process and nothing else.
    execArgv: ["--max-old-space-size=512"],
  });
  const up = Promise.race([once(child, "message"), once(child, "exit")]).catch(() => {});
  const running: Running = { child, marker, ready: up.then(() => (running.startedInMs = clock.mono() - begun)), startedInMs: 0 };
  return running;
}

async function end({ child, marker }: Running): Promise<void> {
  if (!hasEnded(child)) {
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }
  // Processes take their time, whatever the clock of files says.
  await endProcesses(systemClock, { marker });
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
  return { definitions: [], bundle: null, files: [], mayPass: true, problems: [{ path: "", message, mend: "Let it define and export only; the work belongs in a step's run(ctx)." }] };
}
