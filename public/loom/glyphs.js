/** The shapes of the loom, as path data around the origin: the view and its legend draw the same ones. */

/** A step: half its width, and where it is. */
export const diamond = (r, x = 0, y = 0) => `M${x},${y - r}l${r},${r}l${-r},${r}l${-r},${-r}Z`;

/** A step that was torn off in the middle of its work: two halves that no longer meet. */
export const broken = (r) => `M-1.6,${-r + 0.4}L-1,-1.6L-2.6,0.4L-1.2,${r - 1}L${-r - 0.8},-0.6ZM1.6,${-r + 1}L2.6,-0.4L1,1.6L1.6,${r - 0.4}L${r + 0.8},0.6Z`;

/** A run that has been at its step for too long. */
export const hourglass = (r) => `M${-r * 0.75},${-r}H${r * 0.75}L0.9,0L${r * 0.75},${r}H${-r * 0.75}L-0.9,0Z`;

/** The mark within a failed step. */
export const bang = "M0,-3.4V0.7M0,2.9V3.1";
/** The mark within a step that waits for a person. */
export const pause = "M-1.5,-2.4V2.4M1.5,-2.4V2.4";
/** The stroke through a step that was passed over. */
export const slash = (r) => `M${-r * 0.62},${r * 0.62}L${r * 0.62},${-r * 0.62}`;
/** The hands within the ring of an overdue firing. */
export const hands = "M0,-3.2V0.3H2.4";
/** The ends of a thread that its scheduler cut. */
export const cut = "M-4,-4L4,4M4,-4L-4,4";

/** A thread wound up under the beam: held back for a while. */
export function coil(from, to, reach = 3) {
  const turns = Math.max(2, Math.round((to - from) / 5));
  const step = (to - from) / turns;
  return `M0,${from}${Array.from({ length: turns }, (_, at) => `L${(at % 2 ? -1 : 1) * reach},${from + step * (at + 0.5)}`).join("")}L0,${to}`;
}

/** The pennant of a change that nobody has acknowledged, at the left of the thread. */
export const notches = {
  new: "M-7.5,3.5H-1.5M-4.5,0.5V6.5",
  edited: "M-1.5,0L-8,3.5L-1.5,7Z",
  returned: "M-1.5,0L-8,3.5L-1.5,7Z",
  vanished: "M-7.5,3.5H-1.5",
  broken: "M-9,0.5L-5.5,5L-6.5,1.5L-2.5,7",
};

/** What is inside the ring on the beam: how a strand is started. */
export const triggers = {
  cron: "M0,-2.9V0.2H2.3",
  every: "M2.4,-1.4A2.8,2.8 0 1 0 2.8,0.6M2.6,-3.2V-1.2H0.7",
  at: "M-0.1,0H0.1",
  manual: "M0,-2.4V1.2M-1.9,-0.4L0,1.7L1.9,-0.4",
  event: "M0.8,-3L-1.6,0.5H1.3L-0.7,3",
  webhook: "M1.7,-2.9V0.9A1.85,1.85 0 0 1 -2,0.9L-2.9,1.9M-2,0.9L-1,1.9",
  after: "M-2.8,-2.4V2.4M-2.8,0H2.4M0.5,-2L2.6,0L0.5,2",
  paused: "M-1.5,-2.4V2.4M1.5,-2.4V2.4",
  unknown: "M-1.4,-1.1A1.5,1.5 0 1 1 0,0.6M0,2.3V2.5",
  done: "M-2.3,0.1L-0.7,1.8L2.4,-1.9",
};
