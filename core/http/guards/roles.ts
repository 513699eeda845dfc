import { LoomError } from "../../errors/loomError.ts";
import type { Role } from "../../store/contract.ts";
import type { Caller } from "../services.ts";
import { inScope } from "./scope.ts";

/** From the one that may least to the one that may most: each may what those before it may. */
export const roles = ["viewer", "operator", "admin"] as const satisfies readonly Role[];

export function atLeast(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

/**
 * Whether a caller may use an address.
 * @param path as it was sent, without the query
 * @throws LoomError FORBIDDEN
 */
export function permit(caller: Caller, needed: Role, path: string): void {
  if (!atLeast(caller.role, needed)) throw new LoomError("FORBIDDEN", `This needs the role ${needed}; ${caller.name} has ${caller.role}.`);
  if (!inScope(caller.scope, path)) throw new LoomError("FORBIDDEN", `The credential ${caller.name} is not for this address.`);
}
