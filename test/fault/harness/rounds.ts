import { faultPoints, type FaultPoint } from "../points/points.ts";

/** What is done to a gateway from its start to its end. */
export type Round =
  /** At any moment. */
  | { readonly is: "killed"; readonly afterMs: number }
  /** It is halted, goes on, and is killed a little later. */
  | { readonly is: "halted"; readonly afterMs: number; readonly forMs: number; readonly restMs: number }
  /** It is asked to stop, and is killed in the middle of that. */
  | { readonly is: "stopped"; readonly afterMs: number; readonly restMs: number }
  /** As it gets to a point it is killed, or halted, goes on, and is killed a little later. */
  | { readonly is: "at point"; readonly point: FaultPoint; readonly pass: number; readonly halts: { readonly forMs: number; readonly restMs: number } | null };

/** From before anything is loaded to well into the work. */
const LONGEST_MS = 4_000;
const LONGEST_HALT_MS = 2_000;
const LONGEST_REST_MS = 800;
const MOST_PASSES = 5;
/** Rounds at no named point, for as many that are at one. */
const FREE_PER_POINT = 0.6;

/** So many rounds, the same for the same numbers: every point comes once before any comes again. */
export function makeRounds(count: number, random: () => number): Round[] {
  const upTo = (most: number): number => Math.floor(random() * most);
  const halt = () => ({ forMs: upTo(LONGEST_HALT_MS), restMs: upTo(LONGEST_REST_MS) });
  const atPoint = (point: FaultPoint): Round => ({ is: "at point", point, pass: 1 + upTo(point.passes ?? MOST_PASSES), halts: random() < 0.25 ? halt() : null });
  const free = (): Round => {
    const [afterMs, kind] = [upTo(LONGEST_MS), random()];
    if (kind < 0.5) return { is: "killed", afterMs };
    return kind < 0.8 ? { is: "halted", afterMs, ...halt() } : { is: "stopped", afterMs, restMs: upTo(LONGEST_REST_MS) };
  };
  const rounds: Round[] = [];
  while (rounds.length < count) {
    const more = [...faultPoints.map(atPoint), ...Array.from({ length: faultPoints.length * FREE_PER_POINT }, free)];
    for (let left = more.length; left > 0; left--) more.push(...more.splice(upTo(left), 1));
    rounds.push(...more);
  }
  return rounds.slice(0, count);
}
