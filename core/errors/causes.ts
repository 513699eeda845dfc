import { messageOf } from "./loomError.ts";

const MOST_CAUSES = 5;

/**
 * The words of whatever was thrown, and after them those of what caused it, what says nothing new left out:
 * `fetch failed: getaddrinfo ENOTFOUND nope.invalid`. Never throws.
 */
export function withCauses(error: unknown): string {
  const told = [messageOf(error)];
  let cause = causeOf(error);
  for (let depth = 0; depth < MOST_CAUSES && cause !== undefined && cause !== null; depth++) {
    const words = messageOf(cause);
    if (!told.some((earlier) => earlier.includes(words))) told.push(words);
    cause = causeOf(cause);
  }
  return told.join(": ");
}

/** Several attempts of one thing fail as one error without words, such as a connection to each address of a name: the first tells enough. */
function causeOf(error: unknown): unknown {
  try {
    const { cause } = error as { readonly cause?: unknown };
    return cause instanceof AggregateError && cause.message === "" ? (cause.errors as readonly unknown[])[0] : cause;
  } catch {
    return undefined;
  }
}
