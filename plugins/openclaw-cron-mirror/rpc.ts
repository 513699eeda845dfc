/** One connection to an OpenClaw gateway: challenge, proof, hello, then requests, answers and events. */
import { SourceProblem, messageOf, type Clock, type Timer } from "loom-gateway";
import WebSocket from "ws";
import type { Credentials } from "./credentials.ts";
import { Refusal, closeProblem, errorProblem, TooLarge, refusalProblem, unreachable } from "./problems.ts";
import { HEAVIEST, weigh } from "./weight.ts";
import { clip, integer, list, record, text, type Wire } from "./wire.ts";

const CONNECT_TIMEOUT_MS = 10_000;
/** OpenClaw answers in milliseconds, but its event loop can be held for seconds by large outputs. */
const CALL_TIMEOUT_MS = 30_000;
const LARGEST_FRAME = 32 * 1024 * 1024;
/** OpenClaw sends in one piece. Each piece of a message that has not ended keeps the whole chunk in memory in which it came, 64 KiB. */
const MOST_PIECES = 64;
/** A frame may come in so many chunks, each with some hundred bytes beside what it holds; over a network each holds more than a KiB. */
const MOST_CHUNKS = LARGEST_FRAME / 1024;
/** Whoever listens there is taken for nobody until it has asked for a proof, and needs no more for that. */
const LARGEST_CHALLENGE = 64 * 1024;
/** Events larger than this carry a run's whole output. They only wake, so they are not even parsed where OpenClaw writes them. */
const LARGEST_EVENT = 256 * 1024;
/** Each other one takes a moment in which nothing else goes on, so a connection ends over more of them that answer nothing. */
const MOST_STRAYS = 3;
/** What took longer than this in one turn is followed by a rest, so many times as long: a gateway that says much leaves most of the time to others. */
const LONG_TURN_MS = 50;
const REST_PER_TURN = 3;
const LONGEST_VERSION = 100;
/** OpenClaw ticks every 30 s. A connection that is silent for two ticks is dead, whatever TCP says. */
const SILENCE_MS = 60_000;

/** The two ends of the connection, as the operating system names them. */
export interface SocketEnds {
  readonly local: { readonly address: string; readonly port: number };
  readonly remote: { readonly address: string; readonly port: number };
}

export interface GatewayOptions {
  readonly url: string;
  readonly credentials: Credentials;
  readonly scopes: readonly string[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called when the other end has spoken and before the credentials are sent; what it throws ends the attempt. */
  readonly prove?: (ends: SocketEnds) => Promise<void>;
  /** `payload` is undefined where the event was too large to be worth parsing. */
  readonly onEvent?: (event: string, payload: Wire | undefined) => void;
  readonly onClose?: (problem: SourceProblem) => void;
}

export interface Gateway {
  /** As the gateway tells it, such as `2026.9.6`. */
  readonly version: string;
  readonly protocol: number;
  /** What was granted, where the gateway tells. */
  readonly scopes: readonly string[] | null;
  /** What has come over the connection so far takes about so many bytes in memory. */
  readonly received: number;
  /** Throws a `Refusal` when the gateway says no, a `SourceProblem` when no answer comes. */
  call(method: string, params?: object, signal?: AbortSignal): Promise<Wire>;
  close(): void;
}

/** Opens a connection; throws a `SourceProblem` that says what to do. */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const connection = new Connection(options);
  try {
    return await connection.greet();
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Does one thing over a connection of its own. */
export async function withGateway<T>(options: GatewayOptions, use: (gateway: Gateway) => Promise<T>): Promise<T> {
  const gateway = await openGateway(options);
  try {
    return await use(gateway);
  } finally {
    gateway.close();
  }
}

interface Waiting {
  readonly method: string;
  resolve(payload: Wire): void;
  reject(error: Error): void;
}

class Connection {
  readonly #options: GatewayOptions;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, Waiting>();
  readonly #challenge = Promise.withResolvers<void>();
  #isChallenged = false;
  /** Until then nobody knows whose events these are. */
  #isLetIn = false;
  #asked = 0;
  #lastFrameAt: number;
  #received = 0;
  #strays = 0;
  #rest: Timer | null = null;
  #lastError: unknown;
  #over: SourceProblem | null = null;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#lastFrameAt = options.clock.mono();
    this.#challenge.promise.catch(() => {}); // also rejected when nobody waits for it any more
    this.#socket = new WebSocket(options.url, {
      maxPayload: LARGEST_FRAME,
      maxFragments: MOST_PIECES,
      maxBufferedChunks: MOST_CHUNKS,
      perMessageDeflate: false,
      // One message in a turn, however many come in a chunk.
      allowSynchronousEvents: false,
      handshakeTimeout: CONNECT_TIMEOUT_MS,
    });
    this.#socket.on("message", (data) => this.#restAfter(() => this.#receive(data as Buffer)));
    this.#socket.on("error", (error) => (this.#lastError = error));
    this.#socket.on("close", (code, reason) => this.#end(this.#whyClosed(code, reason.toString())));
  }

  async greet(): Promise<Gateway> {
    const { clock, signal, url } = this.#options;
    const abort = (): void => this.#end(unreachable(url, "the attempt was given up"));
    using _timeout = clock.timer(CONNECT_TIMEOUT_MS, () => this.#end(unreachable(url, `no answer within ${CONNECT_TIMEOUT_MS / 1000} s`)));
    signal.addEventListener("abort", abort, { once: true });
    try {
      if (signal.aborted) abort();
      await this.#challenge.promise;
      await this.#options.prove?.(this.#ends());
      const hello = await this.#hello();
      this.#watchSilence();
      return hello;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  close(): void {
    this.#end(unreachable(this.#options.url, "the connection was closed"));
  }

  async #hello(): Promise<Gateway> {
    const { scopes, credentials } = this.#options;
    const hello = await this.#call("connect", {
      minProtocol: 3,
      maxProtocol: 4,
      client: { id: "gateway-client", displayName: "Loom", version: "1.0.0", platform: process.platform, mode: "backend" },
      role: "operator",
      scopes,
      caps: [],
      ...(credentials && { auth: credentials }),
    }).catch((error: unknown) => {
      throw error instanceof Refusal ? refusalProblem(error) : error;
    });
    this.#isLetIn = true;
    const granted = record(hello.auth).scopes;
    const received = (): number => this.#received;
    return {
      version: clip(text(record(hello.server).version) ?? "unknown", LONGEST_VERSION),
      protocol: integer(hello.protocol) ?? 0,
      scopes: Array.isArray(granted) ? list(granted).filter((scope) => typeof scope === "string") : null,
      get received() {
        return received();
      },
      call: (method, params, signal) => this.#call(method, params, signal),
      close: () => this.close(),
    };
  }

  #call(method: string, params: object = {}, signal?: AbortSignal): Promise<Wire> {
    if (this.#over) return Promise.reject(this.#over);
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<Wire>();
    const id = String(++this.#asked);
    this.#waiting.set(id, { method, resolve, reject });
    const abort = (): void => reject(signal!.reason as Error);
    signal?.addEventListener("abort", abort, { once: true });
    const timeout = this.#options.clock.timer(CALL_TIMEOUT_MS, () => reject(unreachable(this.#options.url, `no answer to ${method} within ${CALL_TIMEOUT_MS / 1000} s`)));
    this.#socket.send(JSON.stringify({ type: "req", id, method, params }));
    return promise.finally(() => {
      timeout.cancel();
      signal?.removeEventListener("abort", abort);
      this.#waiting.delete(id);
    });
  }

  /** Nothing more is read of the connection until the rest is over. */
  #restAfter(work: () => void): void {
    const { clock } = this.#options;
    const began = clock.mono();
    work();
    const tookMs = clock.mono() - began;
    if (tookMs <= LONG_TURN_MS || this.#over) return;
    this.#socket.pause();
    this.#rest = clock.timer(REST_PER_TURN * tookMs, () => this.#socket.resume());
  }

  #receive(data: Buffer): void {
    this.#lastFrameAt = this.#options.clock.mono();
    if (this.#over) return;
    if (!this.#isChallenged && data.length > LARGEST_CHALLENGE) return this.#end(new SourceProblem("incompatible", `What answers at ${this.#options.url} does not greet as OpenClaw does.`));
    if (data.length > LARGEST_EVENT) {
      const [, event, id] = /^\{"type":"(?:event","event":"([^"]+)"|res","id":"([^"]+)")/.exec(data.toString("latin1", 0, 200)) ?? [];
      if (event !== undefined) return this.#event(event, undefined);
      // Nobody waits for that answer any more.
      if (id !== undefined && !this.#waiting.has(id)) return;
    }
    const said = data.toString();
    const weight = weigh(said);
    if (weight > HEAVIEST) return this.#refuseTooLarge(said);
    this.#received += weight;
    let frame: Wire;
    try {
      frame = record(JSON.parse(said));
    } catch {
      return this.#end(new SourceProblem("incompatible", `What answers at ${this.#options.url} does not speak JSON, so it is not OpenClaw.`));
    }
    const isAnswer = frame.type === "res" && this.#waiting.has(text(frame.id) ?? "");
    if (data.length > LARGEST_EVENT && !isAnswer && ++this.#strays > MOST_STRAYS) {
      return this.#end(new SourceProblem("incompatible", `OpenClaw at ${this.#options.url} goes on sending long messages that answer nothing.`));
    }
    if (frame.type === "event") this.#event(text(frame.event) ?? "", data.length > LARGEST_EVENT ? undefined : record(frame.payload));
    else if (frame.type === "res") this.#answer(frame);
  }

  /** An answer is not read, and whoever asked may ask for less; nothing else is as large. */
  #refuseTooLarge(said: string): void {
    const { url } = this.#options;
    const waiting = this.#waiting.get(/^\{"type":"res","id":"([^"]+)"/.exec(said.slice(0, 200))?.[1] ?? "");
    if (waiting) waiting.reject(new TooLarge(url));
    else this.#end(new TooLarge(url));
  }

  #event(event: string, payload: Wire | undefined): void {
    if (event === "connect.challenge") {
      this.#isChallenged = true;
      this.#challenge.resolve();
    } else if (this.#isLetIn) this.#options.onEvent?.(event, payload);
  }

  #answer(frame: Wire): void {
    const waiting = this.#waiting.get(text(frame.id) ?? "");
    if (frame.ok === true) waiting?.resolve(record(frame.payload));
    else waiting?.reject(new Refusal(waiting.method, record(frame.error), this.#options.credentials));
  }

  #watchSilence(): void {
    const { clock, url } = this.#options;
    const watch = clock.interval(SILENCE_MS / 6, () => {
      if (clock.mono() - this.#lastFrameAt >= SILENCE_MS) this.#end(unreachable(url, `it has been silent for ${SILENCE_MS / 1000} s`));
    });
    this.#socket.once("close", () => watch.cancel());
  }

  #whyClosed(code: number, reason: string): SourceProblem {
    const { url, credentials } = this.#options;
    return this.#lastError === undefined ? closeProblem(url, code, reason, credentials) : errorProblem(url, messageOf(this.#lastError), this.#lastError);
  }

  /** Ends once, with the first reason; everybody who waits hears of it. */
  #end(problem: SourceProblem): void {
    if (this.#over) return;
    this.#over = problem;
    this.#challenge.reject(problem);
    for (const waiting of this.#waiting.values()) waiting.reject(problem);
    this.#rest?.cancel();
    this.#socket.terminate();
    this.#options.onClose?.(problem);
  }

  #ends(): SocketEnds {
    const socket = (this.#socket as unknown as { _socket: import("node:net").Socket })._socket;
    return {
      local: { address: socket.localAddress ?? "", port: socket.localPort ?? 0 },
      remote: { address: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 },
    };
  }
}
