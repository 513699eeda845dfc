import { systemClock } from "../../../core/clock/system.ts";
import type { GatewayProcess } from "../../support/gatewayProcess.ts";

/** A run of the workflow "asked" that was acknowledged, and what it adds up to. */
export interface Asked {
  readonly runId: string;
  readonly n: number;
}

/** OpenClaw takes three asks a minute, and the others wait. */
const ROUNDS_PER_COMMAND = 4;

/** What somebody was told is done: none of it may ever be missing. */
export interface Ledger {
  readonly runs: readonly Asked[];
  readonly tokens: readonly { readonly id: string; readonly name: string }[];
  /** Ids of tokens. */
  readonly revoked: readonly string[];
  /** Ids of commands to OpenClaw. */
  readonly commands: readonly string[];
  /** Answers that no crash explains. */
  readonly odd: readonly string[];
}

/** Something that is asked again under its key until it is acknowledged. */
interface Wish {
  readonly key: string;
  readonly path: string;
  readonly body: object;
  /** Answers whether that acknowledges it. */
  take(answer: any): boolean;
}

/** Asks a gateway for runs, tokens and commands while it is killed, and keeps what it acknowledged. */
export class Load {
  readonly #loom: GatewayProcess;
  readonly #random: () => number;
  readonly #runs: Asked[] = [];
  readonly #tokens: { id: string; name: string }[] = [];
  readonly #revoked: string[] = [];
  readonly #commands: string[] = [];
  readonly #odd: string[] = [];
  readonly #wishes: Wish[] = [];
  #count = 0;
  #rounds = 0;
  /** The mirrored strand that is asked to run. */
  strandId: string | null = null;

  constructor(loom: GatewayProcess, random: () => number) {
    [this.#loom, this.#random] = [loom, random];
  }

  get ledger(): Ledger {
    return { runs: this.#runs, tokens: this.#tokens, revoked: this.#revoked, commands: this.#commands, odd: this.#odd };
  }

  /** Asks until it is over, each party one thing after the other. `hasCommand`: a command to OpenClaw is among it in any case. */
  async during(over: AbortSignal, hasCommand = false): Promise<void> {
    if ((hasCommand || this.#rounds++ % ROUNDS_PER_COMMAND === 0) && this.strandId !== null) this.#wishes.unshift(this.#newCommand(this.strandId));
    const parties = [() => this.#wish(this.#newRun()), () => this.#changeTokens()];
    await Promise.all(parties.map(async (party) => {
      while (!over.aborted) {
        // Not there yet, or not any more: it is asked again soon.
        const isAnswered = await party().catch(() => false);
        await systemClock.sleep(isAnswered ? this.#random() * 120 : 20);
      }
    }));
  }

  /** Asks for all that has not been acknowledged, of a gateway that nobody kills any more. */
  async finish(): Promise<void> {
    for (const wish of this.#wishes.splice(0)) {
      while (!(await this.#ask(wish))) await systemClock.sleep(50);
    }
  }

  #newRun(): Wish {
    const n = 1 + Math.floor(this.#random() * 4);
    const body = { input: { n, ms: Math.floor(this.#random() * 200) } };
    return { key: `run-${this.#count++}`, path: "/strands/asked/run", body, take: (answer) => this.#takeRun(answer, n) };
  }

  #takeRun(answer: any, n: number): boolean {
    const runId = answer.command?.runId ?? answer.runId;
    if (runId) this.#runs.push({ runId, n });
    return Boolean(runId);
  }

  #newCommand(strandId: string): Wish {
    const path = `/strands/${encodeURIComponent(strandId)}/run`;
    return { key: `command-${this.#count++}`, path, body: {}, take: (answer) => this.#commands.push(answer.command?.id ?? answer.id) > 0 };
  }

  /** What waits goes first; answers whether it was acknowledged. */
  async #wish(fresh: Wish): Promise<boolean> {
    this.#wishes.push(fresh);
    const wish = this.#wishes.shift()!;
    const isTaken = await this.#ask(wish).catch(() => false);
    if (!isTaken) this.#wishes.push(wish);
    return isTaken;
  }

  async #ask({ key, path, body, take }: Wish): Promise<boolean> {
    const answer = await this.#send("POST", path, body, { "idempotency-key": key });
    if (answer.ok) return take(await answer.json());
    await this.#judge(answer, key);
    return false;
  }

  async #changeTokens(): Promise<boolean> {
    const oldest = this.#tokens[this.#revoked.length];
    if (oldest && this.#random() < 0.4) {
      const answer = await this.#send("DELETE", `/tokens/${oldest.id}`);
      // 404: it was revoked before, and nobody was told.
      if (answer.ok || answer.status === 404) this.#revoked.push(oldest.id);
      return answer.ok;
    }
    const name = `token-${this.#count++}`;
    const answer = await this.#send("POST", "/tokens", { name });
    if (!answer.ok) await this.#judge(answer, name);
    else this.#tokens.push({ id: ((await answer.json()) as { token: { id: string } }).token.id, name });
    return answer.ok;
  }

  async #judge(answer: Response, what: string): Promise<void> {
    // 503: it starts or stops. 404: workflows and mirrors are not loaded yet.
    if (answer.status !== 503 && answer.status !== 404) this.#odd.push(`${what}: ${answer.status} ${await answer.text()}`);
  }

  #send(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.#loom.address}/api/loom${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#loom.token}`, ...(body && { "content-type": "application/json" }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
  }
}
