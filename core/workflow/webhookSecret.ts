/** A shorter one can be found by trying: who is refused is told so, whatever was tried before. */
export const SHORTEST_WEBHOOK_SECRET = 16;

/** Whether a webhook may rely on this secret. */
export function isFitSecret(secret: string | undefined): secret is string {
  return secret !== undefined && secret.length >= SHORTEST_WEBHOOK_SECRET;
}
