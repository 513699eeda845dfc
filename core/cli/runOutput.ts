import { isLoomError } from "../errors/loomError.ts";
import type { OutputPart } from "../http/schemas.ts";
import type { Cli } from "./cli.ts";
import type { Client } from "./client.ts";
import { LineCutter } from "./outputLines.ts";
import { printable } from "./text.ts";

const PART_BYTES = 128 * 1024;

interface Progress {
  readonly cutter: LineCutter;
  /** How much has been printed, in bytes of the whole. */
  at: number;
}

/** The address of a step's output. */
export function outputPath(runId: string, step: string): string {
  return `runs/${encodeURIComponent(runId)}/steps/${encodeURIComponent(step)}/output`;
}

/** Prints what the steps of a run have printed, each line once and behind the id of its step, unless one step alone is wanted. */
export class RunOutput {
  readonly #cli: Cli;
  readonly #client: Client;
  readonly #runId: string;
  readonly #only: string | undefined;
  readonly #steps = new Map<string, Progress>();

  constructor(cli: Cli, client: Client, runId: string, only?: string) {
    this.#cli = cli;
    this.#client = client;
    this.#runId = runId;
    this.#only = only;
  }

  /** Prints what a step has just printed; `bytes` is how long the whole is with it. What is missing before it is read first. */
  async add(step: string, text: string, bytes: number): Promise<void> {
    if (!this.#isWanted(step)) return;
    const progress = this.#progressOf(step);
    if (bytes <= progress.at) return;
    if (bytes - Buffer.byteLength(text) !== progress.at) return this.print(step);
    progress.at = bytes;
    this.#write(step, progress.cutter.add(text));
  }

  /** Prints what a step has printed since the last time. */
  async print(step: string): Promise<void> {
    if (!this.#isWanted(step)) return;
    const progress = this.#progressOf(step);
    for (;;) {
      const part = await this.#read(step, progress.at);
      if (!part || part.text === "") return;
      if (part.from > progress.at) this.#skip(step, progress, part.from);
      progress.at = part.from + Buffer.byteLength(part.text);
      this.#write(step, progress.cutter.add(part.text));
      if (progress.at >= part.bytes) return;
    }
  }

  /** Prints what was left without an end of line. */
  end(): void {
    for (const [step, { cutter }] of this.#steps) this.#write(step, cutter.rest());
  }

  #isWanted(step: string): boolean {
    return this.#only === undefined || step === this.#only;
  }

  #progressOf(step: string): Progress {
    const progress = this.#steps.get(step) ?? { cutter: new LineCutter(), at: 0 };
    this.#steps.set(step, progress);
    return progress;
  }

  async #read(step: string, after: number): Promise<OutputPart | null> {
    try {
      return await this.#client.get<OutputPart>(outputPath(this.#runId, step), { after, limit: PART_BYTES });
    } catch (error) {
      // A row that is about to be, or one that prints nothing.
      if (isLoomError(error) && error.code === "NOT_FOUND") return null;
      throw error;
    }
  }

  #write(step: string, lines: readonly string[]): void {
    const { out, paint } = this.#cli.terminal;
    const prefix = this.#only === undefined ? `${paint("dim", printable(step))}  ` : "";
    for (const line of lines) out(prefix + line);
  }

  /** Says that something is missing; the line before it ends there. */
  #skip(step: string, { cutter, at }: Progress, to: number): void {
    const words = at === 0 ? `${to} bytes before this are not kept` : `${to - at} bytes are not kept here`;
    this.#write(step, [...cutter.rest(), this.#cli.terminal.paint("dim", `(${words})`)]);
  }
}
