/** Keeps one reading connection to a gateway open: reconnects with growing pauses, and says when to look again. */
import { SourceProblem, isLoomError, messageOf, type Clock, type Log, type Timer } from "loom-gateway";
import type { Endpoint } from "./discover.ts";
import { openGateway, type Gateway } from "./rpc.ts";
import type { Wire } from "./wire.ts";

const FIRST_PAUSE_MS = 500;
/** A gateway that restarts is worth asking often; one that turned Loom away would rather not be. */
const LONGEST_PAUSE_MS = { unreachable: 3_000, other: 30_000 };

export interface LinkOptions {
  readonly endpoint: () => Promise<Endpoint>;
  readonly scopes: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  /** The plugin's: nothing is opened after it aborts, and what is open is closed. */
  readonly signal: AbortSignal;
  /** Throws a SourceProblem when Loom cannot work with this gateway. */
  readonly accept: (gateway: Gateway) => void;
  readonly onEvent: (event: string, payload: Wire | undefined) => void;
  /** Connected, disconnected or failed: a new look is worth while. */
  readonly onChange: () => void;
}

export class Link {
  readonly #options: LinkOptions;
  #gateway: Gateway | null = null;
  #openedAt = 0;
  #attempt: Promise<Gateway> | null = null;
  #problem: SourceProblem | null = null;
  #pause: Timer | null = null;
  #pauseMs = FIRST_PAUSE_MS;

  constructor(options: LinkOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", () => this.#close(), { once: true });
  }

  /** The open connection. Waits for an attempt that is under way; between attempts throws why the last one failed. */
  open(): Promise<Gateway> {
    if (this.#gateway) return Promise.resolve(this.#gateway);
    if (this.#pause) return Promise.reject(this.#problem!);
    return (this.#attempt ??= this.#connect().finally(() => (this.#attempt = null)));
  }

  /** Tries at once instead of after the pause: something hints that it will be better now. */
  retry(): void {
    if (!this.#pause || this.#options.signal.aborted) return;
    this.#pause.cancel();
    this.#pause = null;
    this.#pauseMs = FIRST_PAUSE_MS;
    this.open().catch(() => {}); // told by onChange
  }

  async #connect(): Promise<Gateway> {
    const { clock, signal, scopes, accept, onEvent, onChange } = this.#options;
    let over: SourceProblem | null = null;
    const onClose = (problem: SourceProblem): void => {
      over = problem;
      if (this.#gateway === null || signal.aborted) return;
      this.#gateway = null;
      // One that ends as soon as it is open, such as over what it is told, is not opened again and again.
      if (clock.mono() - this.#openedAt >= LONGEST_PAUSE_MS.other) this.#pauseMs = FIRST_PAUSE_MS;
      this.#failed(problem);
    };
    try {
      const endpoint = await this.#options.endpoint();
      const gateway = await openGateway({ ...endpoint, scopes, clock, signal, onEvent, onClose });
      try {
        accept(gateway);
        if (over) throw over as SourceProblem;
      } catch (error) {
        gateway.close();
        throw error;
      }
      this.#gateway = gateway;
      this.#problem = null;
      this.#openedAt = clock.mono();
      onChange();
      return gateway;
    } catch (error) {
      const problem = asProblem(error);
      if (!signal.aborted) this.#failed(problem);
      throw problem;
    }
  }

  /** Tells of it at once, and tries again after a pause. */
  #failed(problem: SourceProblem): void {
    const { clock, log, onChange } = this.#options;
    const again = this.#problem?.message === problem.message;
    this.#problem = problem;
    if (!again) log.warn(problem.message);
    const pauseMs = Math.min(this.#pauseMs, problem.trouble === "unreachable" ? LONGEST_PAUSE_MS.unreachable : LONGEST_PAUSE_MS.other);
    this.#pause = clock.timer(pauseMs, () => {
      this.#pause = null;
      this.open().catch(() => {}); // told by onChange
    });
    this.#pauseMs = pauseMs * 2;
    if (!again) onChange();
  }

  #close(): void {
    this.#pause?.cancel();
    const gateway = this.#gateway;
    this.#gateway = null;
    gateway?.close();
  }
}

function asProblem(error: unknown): SourceProblem {
  if (isLoomError(error) && "trouble" in error) return error as SourceProblem;
  return new SourceProblem("unreachable", `OpenClaw cannot be reached: ${messageOf(error)}`, { cause: error });
}
