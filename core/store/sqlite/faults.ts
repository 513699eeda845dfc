import { isLoomError, LoomError, messageOf } from "../../errors/loomError.ts";
import type { ErrorCode } from "../../errors/catalogue.ts";

/** An error in a form that crosses between threads. Without a code it is a fault of our own. */
export interface Fault {
  readonly code?: ErrorCode;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

const RETRY_AFTER_MS = 1000;

/** Groups of SQLite's and the file system's codes, the first match holds. */
const meanings: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^SQLITE_(BUSY|LOCKED)/, "STORE_BUSY"],
  [/^SQLITE_(CORRUPT|NOTADB)/, "STORE_CORRUPT"],
  [/^SQLITE_(FULL|IOERR|CANTOPEN|READONLY|PERM|AUTH|NOMEM|PROTOCOL)/, "STORE_UNAVAILABLE"],
  // Whatever the file system says; Node's own mistakes are ERR_…
  [/^E[A-Z0-9]+$/, "STORE_UNAVAILABLE"],
];

/** Says in Loom's words what SQLite or the file system threw. */
export function faultOf(error: unknown): Fault {
  const stack = error instanceof Error ? error.stack : undefined;
  if (isLoomError(error)) return { code: error.code, message: error.message, stack, retryAfterMs: error.retryAfterMs };
  const native = String((error as { code?: unknown } | null)?.code ?? "");
  const code = meanings.find(([pattern]) => pattern.test(native))?.[1];
  if (!code) return { message: messageOf(error), stack };
  return {
    code,
    message: `The database says: ${messageOf(error)} (${native}).`,
    stack,
    ...(code === "STORE_BUSY" && { retryAfterMs: RETRY_AFTER_MS }),
  };
}

/** The error on the side of the caller. */
export function errorOf(fault: Fault): Error {
  const cause = fault.stack;
  if (!fault.code) return new Error(fault.message, { cause });
  return new LoomError(fault.code, fault.message, {
    cause,
    ...(fault.retryAfterMs !== undefined && { retryAfterMs: fault.retryAfterMs }),
  });
}

/** Refused before it reached the database: too many writes wait already. */
export function tooManyWaiting(waiting: number): LoomError {
  return new LoomError("STORE_BUSY", `${waiting} writes wait for the database already.`, { retryAfterMs: RETRY_AFTER_MS });
}
