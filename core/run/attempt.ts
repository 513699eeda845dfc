import { DEEPEST, isTooDeep } from "../jsonShape.ts";
import type { Json } from "../mirror/contract.ts";
import type { RunBundles } from "../store/contract.ts";
import type { StepFacts } from "../workflow/facts.ts";
import type { KeptPlace, ProcessIdentity } from "../workflow/isolate/contract.ts";
import type { Output } from "./outputs.ts";
import type { Outcome } from "./machine/attempt.ts";

/** One attempt at a row, as whoever performs it is given it. */
export interface Attempt {
  readonly runId: string;
  readonly strandId: string;
  /** The run's; undefined: it is long, and read where it is needed. */
  readonly input: Json | undefined;
  readonly bundles: RunBundles;
  readonly step: StepFacts;
  /** `step` or `step[3]`. */
  readonly row: string;
  readonly epoch: number;
  /** From 1. */
  readonly attempt: number;
  /** The same for all attempts at this row. */
  readonly idempotencyKey: string;
  /** Aborts with a `StopWithin` when it is to stop. */
  readonly signal: AbortSignal;
  readonly output: Output;
  /** The place in an isolate that is kept for it; null: it needs none, or has to wait in line. */
  readonly kept: KeptPlace | null;
  /** It has to wait in line, and why. */
  waits(reason: string): void;
  /** Its code is about to be called, in this process; settles when that is stored. */
  placed(host: ProcessIdentity): void | Promise<void>;
  /** Work on it has begun. */
  began(): void;
  phase(name: string, to: "running" | "completed" | "failed"): void;
  progress(fraction: number): void;
  /** @throws when it cannot be kept */
  keepArtifact(name: string, kind: "text" | "bytes" | "json", data: Uint8Array): Promise<void>;
  /** Its result has come, of so many characters. A promise holds up who tells of others, until there is room for them. */
  comes(length: number): void | Promise<void>;
}

/** How an attempt ended; null: it goes on without this gateway, and is found again by the next one. */
export type Ended = {
  readonly outcome: Outcome;
  /** As JSON. */
  readonly result?: string;
  /** Why it failed, in words. */
  readonly error?: string;
} | null;

/** Performs attempts at steps of one kind. Never throws. */
export type Perform = (attempt: Attempt) => Promise<Ended>;

/** Of a result, in bytes of JSON: as of those in isolates. */
const MOST_BYTES = 1_048_576;

/** A step's end with this result, as JSON, or why it cannot be kept. */
export function completedWith(json: string): Ended {
  const bytes = Buffer.byteLength(json);
  if (bytes > MOST_BYTES) return failed("RESULT_TOO_LARGE", `The result has ${bytes} bytes; the most is ${MOST_BYTES}.`);
  if (isTooDeep(json)) return failed("RESULT_TOO_LARGE", `The result is more than ${DEEPEST} levels deep.`);
  return { outcome: { is: "completed" }, result: json };
}

/** A failure, with its words. */
export function failed(code: string, error: string, final = false): Ended {
  return { outcome: { is: "failed", code, final }, error };
}
