import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Clock, Timer } from "../../clock/clock.ts";
import { messageOf } from "../../errors/loomError.ts";
import { ownFile } from "../../ownFiles.ts";
import { startTimeOf } from "../../processIdentity.ts";
import type { IsolateLimits, ProcessIdentity } from "./contract.ts";
import { readHostLine } from "./hostLine.ts";
import { LineReader, toLine } from "./lines.ts";
import { MARKER } from "./marker.ts";
import { longestFromHost, type FromThread, type HostData, type ThreadEnd, type ToHost, type ToThread } from "./messages.ts";
import { endProcesses } from "./processes.ts";
import { ProcessGroup } from "./processGroup.ts";

const CONTROL = 3;
const PING_MS = 5_000;
/** A host whose main thread is ours answers at once, unless it is halted. */
const MOST_MISSED = 3;
/** Of what a host says before it dies, so much is kept. */
const LAST_WORDS = 4_096;

export interface HostOptions {
  readonly clock: Clock;
  readonly limits: IsolateLimits;
  /** Where workflow code may connect besides public addresses. */
  readonly egress: readonly string[];
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
  /** Null: it could not be started. */
  readonly #child: ChildProcess | null;
  readonly #control: Duplex | null;
  /** All that comes from it, even what hides; null: such a group cannot be had. */
  readonly #group: ProcessGroup | null;
  readonly #lines: LineReader;
  readonly #sweeps = new Map<number, (found: number) => void>();
  /** For all who wait for it. */
  #drained: Promise<void> | null = null;
  #lastWords = "";
  #end: HostEnd | null = null;
  #ping: Timer | null = null;
  #missed = 0;
  /** Something else wrote into its lines: nothing that comes behind it is believed. */
  #isGarbled = false;

  constructor(options: HostOptions, listener: HostListener) {
    this.#options = options;
    this.#listener = listener;
    this.#lines = new LineReader(longestFromHost(options.limits));
    this.#child = this.#start(options);
    this.#control = (this.#child?.stdio?.[CONTROL] as Duplex | undefined) ?? null;
    const pid = this.#child?.pid ?? 0;
    this.identity = { pid, startTime: startTimeOf(pid) };
    // Before it can have started anything.
    this.#group = ProcessGroup.of(pid, options.marker);
    this.#control?.on("data", (bytes: Buffer) => this.#read(bytes));
    // Its end is told by the process.
    this.#control?.on("error", () => {});
    this.#child?.stderr?.on("data", (bytes: Buffer) => (this.#lastWords = `${this.#lastWords}${bytes.toString()}`.slice(-LAST_WORDS)));
    this.gone = this.#watchEnd();
  }

  #start({ marker, limits, egress, env }: HostOptions): ChildProcess | null {
    const main = fileURLToPath(ownFile("core/workflow/isolate/host/hostMain.ts"));
    try {
      return spawn(process.execPath, [main, JSON.stringify({ marker, limits, egress } satisfies HostData)], {
        detached: true,
        env: { ...env, [MARKER]: marker },
        stdio: ["ignore", "ignore", "pipe", "pipe"],
      });
    } catch (error) {
      this.#lastWords = messageOf(error);
      return null;
    }
  }

  send(thread: number, message: ToThread): void {
    this.#write(thread, message);
  }

  tell(message: ToHost): void {
    this.#write(0, message);
  }

  /** Resolves when it has taken in what it was told, or is gone. */
  drained(): Promise<void> {
    if (!this.#control?.writableNeedDrain) return Promise.resolve();
    return (this.#drained ??= Promise.race([once(this.#control, "drain").then(() => {}, () => {}), this.gone]).finally(() => (this.#drained = null)));
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
    this.#kill({ thread: null, why: "asked", message: "It was ended." });
    await this.gone;
  }

  #kill(end: HostEnd): void {
    this.#end ??= end;
    this.#child?.kill("SIGKILL");
  }

  #askForSign(): void {
    // What we do not read, we cannot hear.
    if (this.#control?.isPaused()) return;
    if (++this.#missed > MOST_MISSED) this.#kill({ thread: null, why: "crashed", message: "The process did not answer any more." });
    else this.tell({ do: "ping" });
  }

  #write(thread: number, message: ToHost | ToThread): void {
    if (this.#control?.writable) this.#control.write(toLine(thread, JSON.stringify(message)));
  }

  #read(bytes: Buffer): void {
    if (this.#isGarbled) return;
    try {
      const busy = this.#lines.take(bytes).map((line) => this.#hear(line)).filter((answer) => answer !== undefined);
      if (busy.length === 0) return;
      this.#control?.pause();
      void Promise.allSettled(busy).then(() => this.#control?.resume());
    } catch {
      // What is not understood may have been the end of a step, which nobody would hear of any more.
      this.#isGarbled = true;
      this.#kill({ thread: null, why: "crashed", message: `What the process said could not be read: something else wrote to its descriptor ${CONTROL}.` });
    }
  }

  #hear(line: string): void | Promise<void> {
    const { thread, message } = readHostLine(line);
    if (thread !== null) return this.#listener.heard(thread, message);
    switch (message.is) {
      case "threadEnded":
        return this.#listener.threadEnded(message.thread, message.why, message.message);
      case "stuck":
        return this.#kill({ thread: message.thread, why: message.why, message: message.message });
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
    const message = await this.#exit();
    this.#ping?.cancel();
    const { clock, marker } = this.#options;
    await Promise.all([endProcesses(clock, { marker, ...(this.identity.pid > 0 && { session: this.identity.pid }) }), this.#group?.end(clock)]);
    // What it said before may still be on its way.
    if (this.#control && !this.#control.closed) await once(this.#control, "close");
    const why = /heap out of memory|Allocation failed/.test(this.#lastWords) ? "heap" : "crashed";
    this.#listener.gone(this.#end ?? { thread: null, why, message });
    // All its processes are gone, whether it told of a sweep or not.
    for (const swept of this.#sweeps.values()) swept(0);
  }

  async #exit(): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    if (!this.#child) return `No process could be started: ${this.#lastWords}`;
    this.#child.once("error", (error) => resolve(`No process could be started: ${error.message}`));
    this.#child.once("exit", (code, signal) => resolve(`The process ended with ${signal ?? `exit code ${code}`}.`));
    return promise;
  }
}
