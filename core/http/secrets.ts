import { hash, randomBytes, timingSafeEqual } from "node:crypto";

/** A new secret of 256 bits, fit for headers, cookies and fragments. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** What is kept of a secret. */
export function hashOf(secret: string): string {
  return hash("sha256", secret);
}

/** Compares hashes, so that neither the length nor the first difference shows in the time taken. */
export function sameSecret(given: string, right: string): boolean {
  return right !== "" && timingSafeEqual(hash("sha256", given, "buffer"), hash("sha256", right, "buffer"));
}
