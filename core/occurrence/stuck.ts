const SHORTEST_MS = 3_600_000;
const TIMES_USUAL = 3;

/**
 * From when on a run under way has been running for too long: three times as long as nearly all runs before it, and an hour
 * at least.
 * @param p95Ms how long nearly all of its strand's last runs took, milliseconds; null: too few to tell
 */
export function stuckFrom(startedAt: number, p95Ms: number | null): number {
  return startedAt + Math.max(SHORTEST_MS, TIMES_USUAL * (p95Ms ?? 0));
}
