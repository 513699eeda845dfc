import type { AuditRecord, TokenRecord } from "../../store/contract.ts";
import type { AuditView, TokenView } from "../accessSchemas.ts";
import { iso, isoOrNull } from "./times.ts";

/** A token without what proves it. */
export function tokenView({ id, name, role, scope, madeBy, createdAt, expiresAt, revokedAt, revokedBy }: TokenRecord): TokenView {
  return { id, name, role, scope: scope && [...scope], madeBy, createdAt: iso(createdAt), expiresAt: isoOrNull(expiresAt), revokedAt: isoOrNull(revokedAt), revokedBy };
}

export function auditView({ at, ...entry }: AuditRecord): AuditView {
  return { ...entry, at: iso(at) };
}
