import { html } from "../html.js";
import { useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { still } from "../ui/motion.js";
import { moving } from "../ui/moving.js";

/**
 * A run as light on its thread: it leaves the trigger when the run starts, rests at the step that is running, goes on
 * when the step does, and goes out in the knot. A run that began and ended between two looks still makes the whole way.
 */
export function Pulse({ runId, finishedId, stuck, small, x, y, bendAt, top, bottom }) {
  const element = useRef(null);
  const before = useRef(null);
  const [leaving, setLeaving] = useState(false);
  const lit = runId !== null;

  useLayoutEffect(() => {
    const was = before.current;
    before.current = { runId, finishedId, y, top, bottom };
    const ended = finishedId !== null && finishedId !== was?.finishedId;
    if (was === null || still() || was.bottom !== bottom) return setLeaving(false);
    if (lit && was.runId !== runId) return void travel(element.current, bendAt, top, y, x);
    if (lit && was.y !== y) return void travel(element.current, bendAt, was.y, y, x);
    if (!lit && (was.runId !== null || ended)) setLeaving({ from: was.runId === null ? top : was.y });
  }, [runId, finishedId, y, top, bottom]);

  useLayoutEffect(() => {
    if (!leaving || lit) return;
    const way = travel(element.current, bendAt, leaving.from, bottom);
    if (!way) return setLeaving(false);
    way.onfinish = () => setLeaving(false);
    return () => way.cancel();
  }, [leaving, lit]);

  if (!lit && !leaving) return null;
  const rest = lit ? y : bottom;
  return html`<g class=${`pulse${lit ? "" : " leaving"}${stuck ? " at-rest" : ""}`} transform=${`translate(${bendAt(rest) + (lit ? x : 0)},${rest})`} ref=${element}>
    <path class="tail" d=${small ? "M-1,0L0,-40L1,0Z" : "M-2,0L0,-58L2,0Z"} fill="url(#tail)" />
    <circle class="halo" r=${small ? 10 : 17} fill="url(#glow-running)" />
    ${!stuck && html`<circle class="core" r=${small ? 2.2 : 3} />`}
  </g>`;
}

/** So many lights travel at a time, and none while the view moves: the eye follows no more, and each one is a layer to compose. */
const MOST = 3;
let travelling = 0;

/** Moves the light along the thread's own bend, to a step that may lie beside it; the longer the way, the longer it takes. Null where it does not travel. */
function travel(element, bendAt, from, to, beside = 0) {
  if (!element?.animate || travelling >= MOST || moving.peek()) return null;
  const frames = Array.from({ length: 13 }, (_, at) => {
    const y = from + ((to - from) * at) / 12;
    return { transform: `translate(${bendAt(y) + (beside * at) / 12}px, ${y}px)` };
  });
  const way = element.animate(frames, { duration: 420 + Math.abs(to - from) * 1.6, easing: "cubic-bezier(.45,.05,.3,1)" });
  travelling++;
  const leave = moving.subscribe((on) => on && way.finish());
  way.finished.catch(() => {}).finally(() => {
    leave();
    travelling--;
  });
  return way;
}
