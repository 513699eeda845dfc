import { spawn, type ChildProcess } from "node:child_process";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Clock, Timer } from "../../clock/clock.ts";
import { ownFile } from "../../ownFiles.ts";
import type { IsolateLimits, ProcessIdentity } from "./contract.ts";
import { fromLine, LineReader, toLine } from "./lines.ts";
import { MARKER } from "./marker.ts";
import { LONGEST_LINE, type FromHost, type FromThread, type HostData, type ThreadEnd, type ToHost, type ToThread } from "./messages.ts";
import { endProcesses, startTimeOf } from "./processes.ts";

const CONTROL = 3;
const PING_MS = 5_000;
/** A host whose main thread is ours answers at once, unless it is halted. */
const MOST_MISSED = 3;
/** Of what a host says before it dies, so much is kept. */
const LAST_WORDS = 4_096;

export interface HostOptions {
  readonly clock: Clock;
  readonly limits: IsolateLimits;
  /** The environment of workflow code. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** In the environment of the host and of all that comes from it. */
  readonly marker: string;
}

/** How a host ended: `thread` where one of its threads is to blame. */
export interface HostEnd {
  readonly thread: number | null;
  readonly why: ThreadEnd | "crashed";
  readonly message: string;
}

export interface HostListener {
  /** A promise holds up all that the host has to say. */
  heard(thread: number, message: FromThread): void | Promise<void>;
  threadEnded(thread: number, why: ThreadEnd, message: string): void;
  worn(): void;
  /** It is gone, and all that came from it. */
  gone(end: HostEnd): void;
}

/** A process for workflow code, as the gateway sees it: in a session of its own, told by its marker. */
export class HostProcess {
  readonly identity: ProcessIdentity;
  readonly gone: Promise<void>;
  readonly #options: HostOptions;
  readonly #listener: HostListener;
  readonly #child: ChildProcess;
  readonly #control: Duplex;
  readonly #lines = new LineReader(LONGEST_LINE);
  readonly #sweeps = new Map<number, (found: number) => void>();
  #lastWords = "";
  #end: HostEnd | null = null;
  #ping: Timer | null = null;
  #missed = 0;

  constructor(options: HostOptions, listener: HostListener) {
    this.#options = options;
    this.#listener = listener;
    const { marker, limits, env } = options;
    const main = fileURLToPath(ownFile("core/workflow/isolate/host/hostMain.ts"));
    this.#child = spawn(process.execPath, [main, JSON.stringify({ marker, limits } satisfies HostData)], {
      detached: true,
      env: { ...env, [MARKER]: marker },
      stdio: ["ignore", "ignore", "pipe", "pipe"],
    });
    const pid = this.#child.pid ?? 0;
    this.identity = { pid, startTime: startTimeOf(pid) };
    this.#control = this.#child.stdio[CONTROL] as Duplex;
    this.#control.on("data", (bytes: Buffer) => this.#read(bytes));
    // Its end is told by the process.
    this.#control.on("error", () => {});
    this.#child.stderr!.on("data", (bytes: Buffer) => (this.#lastWords = `${this.#lastWords}${bytes.toString()}`.slice(-LAST_WORDS)));
    this.gone = this.#watchEnd();
  }

  send(thread: number, message: ToThread): void {
    this.#write(thread, message);
  }

  tell(message: ToHost): void {
    this.#write(0, message);
  }

  /** While steps are at work. */
  watch(on: boolean): void {
    this.tell({ do: "watch", on });
    this.#ping?.cancel();
    this.#missed = 0;
    this.#ping = on ? this.#options.clock.interval(PING_MS, () => this.#askForSign()) : null;
  }

  /** Ends what a call started and left. @returns how many processes there were */
  sweep(thread: number, call: number): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#sweeps.set(call, resolve);
    this.tell({ do: "sweep", thread, call });
    return promise;
  }

  /** Ends it at once; answers when it and all that came from it are gone. */
  async end(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.gone;
  }

  #askForSign(): void {
    // What we do not read, we cannot hear.
    if (this.#control.isPaused()) return;
    if (++this.#missed > MOST_MISSED) this.#child.kill("SIGKILL");
    else this.tell({ do: "ping" });
  }

  #write(thread: number, message: ToHost | ToThread): void {
    if (this.#control.writable) this.#control.write(toLine(thread, JSON.stringify(message)));
  }

  #read(bytes: Buffer): void {
    try {
      const busy = this.#lines.take(bytes).map((line) => this.#hear(line)).filter((answer) => answer !== undefined);
      if (busy.length === 0) return;
      this.#control.pause();
      void Promise.allSettled(busy).then(() => this.#control.resume());
    } catch {
      // It does not speak our language any more.
      this.#child.kill("SIGKILL");
    }
  }

  #hear(line: string): void | Promise<void> {
    const { thread, json } = fromLine(line);
    if (thread !== 0) return this.#listener.heard(thread, JSON.parse(json) as FromThread);
    const message = JSON.parse(json) as FromHost;
    switch (message.is) {
      case "threadEnded":
        return this.#listener.threadEnded(message.thread, message.why, message.message);
      case "stuck":
        this.#end ??= { thread: message.thread, why: message.why, message: message.message };
        return void this.#child.kill("SIGKILL");
      case "swept":
        this.#sweeps.get(message.call)?.(message.found);
        return void this.#sweeps.delete(message.call);
      case "worn":
        return this.#listener.worn();
      case "pong":
        this.#missed = 0;
    }
  }

  async #watchEnd(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#child.once("error", (error) => resolve(error.message));
    this.#child.once("exit", (code, signal) => resolve(`The process ended with ${signal ?? `exit code ${code}`}.`));
    const message = await promise;
    this.#ping?.cancel();
    await endProcesses(this.#options.clock, { marker: this.#options.marker, ...(this.#child.pid !== undefined && { session: this.#child.pid }) });
    const why = /heap out of memory|Allocation failed/.test(this.#lastWords) ? "heap" : "crashed";
    this.#listener.gone(this.#end ?? { thread: null, why, message });
    // What it told of sweeps is lost; all its processes are gone.
    for (const swept of this.#sweeps.values()) swept(0);
  }
}
