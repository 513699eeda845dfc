/** The last moment that a date can show, in milliseconds since 1970. */
const LAST = 8.64e15;

/** A moment as the API tells it: ISO 8601 in UTC. One that lies behind the last that a date can show is told as that: it may have come from anywhere. */
export function iso(ms: number): string {
  return new Date(Math.max(-LAST, Math.min(ms, LAST))).toISOString();
}

/** As `iso`; what never was stays null. */
export function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms);
}
