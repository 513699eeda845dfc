import { catalogue, type ErrorCode, type ErrorKind } from "./catalogue.ts";

/** One thing that is wrong with an input: where it is, what is wrong, how to mend it. */
export interface Problem {
  /** Path in the input, such as `server.port`; a file's problem adds `:line:column`. */
  readonly path: string;
  readonly message: string;
  readonly mend?: string;
}

export interface LoomErrorOptions {
  readonly problems?: readonly Problem[];
  readonly details?: Readonly<Record<string, unknown>>;
  /** Earliest time to try again, in milliseconds from now. */
  readonly retryAfterMs?: number;
  /** Replaces the catalogue's help where there is something more exact to say. */
  readonly help?: string;
  readonly cause?: unknown;
}

const brand = Symbol.for("loom.error");

/** An error that a person may read. Everything else that is thrown is a fault and is shown as INTERNAL. */
export class LoomError extends Error {
  readonly code: ErrorCode;
  readonly problems: readonly Problem[];
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryAfterMs: number | undefined;
  readonly help: string;

  constructor(code: ErrorCode, message: string, options: LoomErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "LoomError";
    this.code = code;
    this.problems = options.problems ?? [];
    this.details = options.details ?? {};
    this.retryAfterMs = options.retryAfterMs;
    this.help = options.help ?? catalogue[code].help;
    Object.defineProperty(this, brand, { value: true });
  }

  get kind(): ErrorKind {
    return catalogue[this.code];
  }
}

/** By brand, not by `instanceof`: a reloaded plugin may hold another copy of the class. Never throws itself. */
export function isLoomError(error: unknown): error is LoomError {
  try {
    return typeof error === "object" && error !== null && brand in error;
  } catch {
    // A revoked proxy throws at whatever it is asked.
    return false;
  }
}

/** Where whatever was thrown comes from; empty where it does not tell. Never throws itself. */
export function stackOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.stack ?? "") : "";
  } catch {
    return "";
  }
}

/** The words of whatever was thrown, for logs and for error fields. Never throws itself. */
export function messageOf(error: unknown): string {
  try {
    if (error instanceof Error) return String(error.message || error.name);
    return typeof error === "string" ? error : JSON.stringify(error) ?? String(error);
  } catch {
    return "something that has no words";
  }
}
