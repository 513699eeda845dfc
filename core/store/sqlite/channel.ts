import type { MessagePort } from "node:worker_threads";
import type { Clock } from "../../clock/clock.ts";
import { LoomError } from "../../errors/loomError.ts";
import { inParts } from "../../inParts.ts";
import type { LoomEvent } from "../../plugin/contract.ts";
import type { Thread } from "../../threads/thread.ts";
import { errorOf, tooManyWaiting, type Fault } from "./faults.ts";
import { pack, packCall, packCalls, unpack, valueOf, type FromThread, type SentAnswer } from "./messages.ts";
import { Paced } from "./paced.ts";

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

type Methods = Record<string, (context: never, ...args: never[]) => unknown>;
export type ArgsOf<Method> = Method extends (context: never, ...args: infer Args) => unknown ? Args : never;
export type ValueOf<Method> = Method extends (...args: never[]) => infer Value ? Value : never;

export interface ChannelOptions {
  readonly thread: Thread;
  /** The module that answers in the thread. */
  readonly module: URL;
  /** Handed to the module. */
  readonly data: unknown;
  readonly clock: Pick<Clock, "mono">;
  /** Calls that may wait for an answer; one more is refused with STORE_BUSY. */
  readonly maxWaiting: number;
  /** Hears of each message of answers, after the callers were answered; `last` when it is the last of its commit. */
  readonly onAnswers?: (answers: { readonly count: number; readonly faults: readonly Fault[]; readonly events: readonly LoomEvent[]; readonly last: boolean }) => void;
}

/**
 * Calls the methods of a module in a thread. Calls made in one turn of the event loop travel in one message, or in several where they
 * are long, and so do their answers: a message costs about as much as a small write.
 */
export class Channel<M extends Methods> {
  readonly #port: MessagePort;
  readonly #options: ChannelOptions;
  readonly #waiting = new Map<number, Waiting>();
  readonly #closed: Promise<void>;
  readonly #ready = Promise.withResolvers<unknown>();
  #outbox: string[] = [];
  #lastId = 0;
  #gone: Error | undefined;
  #onIdle: (() => void) | undefined;

  constructor(options: ChannelOptions) {
    this.#options = options;
    this.#port = options.thread.run(options.module, options.data);
    const paced = new Paced<string>((message) => this.#receive(unpack(message)), options.clock);
    this.#port.on("message", (message: string) => paced.push(message));
    this.#closed = new Promise((resolve) => {
      this.#port.once("close", () => {
        paced.flush();
        this.#lose(options.thread.failure);
        resolve();
      });
    });
    this.#ready.promise.catch(() => {});
  }

  /** Whether no call waits for its answer. */
  get idle(): boolean {
    return this.#waiting.size === 0;
  }

  /** What the module says when it is ready for calls; rejects with the reason why it will never be. */
  ready<T>(): Promise<T> {
    return this.#ready.promise as Promise<T>;
  }

  call<Name extends keyof M & string>(name: Name, ...args: ArgsOf<M[Name]>): Promise<ValueOf<M[Name]>> {
    if (this.#gone) return Promise.reject(this.#gone);
    if (this.#waiting.size >= this.#options.maxWaiting) return Promise.reject(tooManyWaiting(this.#waiting.size));
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const id = ++this.#lastId;
    let packed: string;
    try {
      packed = packCall({ id, name, args });
    } catch (error) {
      return Promise.reject(error as Error);
    }
    this.#waiting.set(id, { resolve, reject });
    if (this.#outbox.push(packed) === 1) queueMicrotask(() => this.#send());
    return promise as Promise<ValueOf<M[Name]>>;
  }

  /** Refuses further calls, lets those under way finish and, once `before` has settled, ends the module. */
  async close(before?: Promise<void>): Promise<void> {
    this.#gone ??= new LoomError("STORE_UNAVAILABLE", "The store is closed.");
    await before;
    if (!this.idle) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    this.#port.postMessage(pack({ kind: "close" }));
    await this.#closed;
  }

  #send(): void {
    const calls = this.#outbox;
    this.#outbox = [];
    // One by one, since others may have been added up to more than a text can hold.
    for (const some of inParts(calls, ({ length }) => length)) this.#port.postMessage(packCalls(some));
  }

  #receive(message: FromThread): void {
    if (message.kind === "ready") return this.#ready.resolve(message.value);
    if (message.kind === "failed") return this.#ready.reject(errorOf(message.fault));
    for (const answer of message.answers) this.#settle(answer, message.events);
    if (this.idle) this.#onIdle?.();
    const faults = message.answers.flatMap((answer) => ("fault" in answer ? [answer.fault] : []));
    this.#options.onAnswers?.({ count: message.answers.length, faults, events: message.events, last: message.last });
  }

  #settle(answer: SentAnswer, events: readonly LoomEvent[]): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ("fault" in answer) waiting?.reject(errorOf(answer.fault));
    else waiting?.resolve(valueOf(answer, events));
  }

  /** The thread has ended, or will: nobody is left waiting for it. */
  #lose(cause: Error | undefined): void {
    const error = new LoomError("STORE_UNAVAILABLE", "The database thread has ended.", { cause });
    this.#gone ??= error;
    this.#ready.reject(error);
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
    this.#onIdle?.();
  }
}
