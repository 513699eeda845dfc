import { LoomError } from "../../errors/loomError.ts";

/**
 * A scope is a list of addresses, each with all that is below it. They are compared segment by segment, once decoded:
 * `/strands/prod` is neither `/strands/prod-backup` nor `/strands/prod/../other`.
 */
export type Scope = readonly string[] | null;

const API = "/api/loom/";

/**
 * The address that a person names: from the root, or from /api/loom/.
 * @throws LoomError BAD_INPUT where it is none
 */
export function scopeAddress(text: string): string {
  const address = text.startsWith("/") ? text : API + text;
  if (segmentsOf(address) !== null) return address;
  throw new LoomError("BAD_INPUT", `${text} is not an address that a token can be for.`, {
    problems: [{ path: "scope", message: "not an address", mend: "Name whole segments, as in strands/nightly or /metrics, without a slash at the end." }],
  });
}

/** Whether an address lies in a scope. @param path as it was sent, without the query */
export function inScope(scope: Scope, path: string): boolean {
  if (scope === null) return true;
  const asked = segmentsOf(path);
  return asked !== null && scope.some((address) => begins(asked, segmentsOf(address)));
}

/** Whether everything in `child` is in `parent` too. */
export function isWithin(child: Scope, parent: Scope): boolean {
  return parent === null || (child !== null && child.every((address) => inScope(parent, address)));
}

function begins(asked: readonly string[], wanted: readonly string[] | null): boolean {
  return wanted !== null && wanted.every((segment, n) => asked[n] === segment);
}

/** Null where a segment is empty, goes up, or cannot be decoded. */
function segmentsOf(path: string): string[] | null {
  if (!path.startsWith("/") || path === "/") return null;
  try {
    const segments = path.slice(1).split("/").map(decodeURIComponent);
    return segments.some((segment) => segment === "" || segment === "." || segment === "..") ? null : segments;
  } catch {
    return null;
  }
}
