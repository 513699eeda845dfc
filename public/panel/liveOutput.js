import { html } from "../html.js";
import { useLayoutEffect, useRef, useSignal } from "../vendor/preact.js";
import { outputPath } from "../state/api.js";
import { whenNeeded } from "../ui/whenNeeded.js";
import { followOutput } from "./follower.js";

const Log = whenNeeded(() => import("./log.js"), "Log");

/** The end of what a step of a workflow prints, as it prints it, and the way to all of it. */
export function LiveOutput({ runId, step }) {
  const box = useRef(null);
  const follower = useRef(null);
  const behind = useSignal(false);
  const whole = useSignal(false);
  useLayoutEffect(() => {
    follower.current = followOutput(box.current, { path: outputPath(runId, step.id), step: step.id, onBehind: (is) => (behind.value = is) });
    return () => follower.current.stop();
  }, [runId, step.id]);
  useLayoutEffect(() => follower.current.reach(step.outputBytes ?? 0), [runId, step.id, step.outputBytes]);
  return html`<pre class="output live-output" tabindex="0" aria-label=${`Output of ${step.label.slice(0, 80)}`} ref=${box}></pre>
    ${(step.outputBytes > 0 || behind.value) && html`<p class="output-more">
      ${behind.value && html`<button type="button" class="link" onClick=${() => follower.current.toEnd()}>Follow the end</button>`}
      <button type="button" class="link" aria-expanded=${whole.value ? "true" : "false"} onClick=${() => (whole.value = !whole.value)}>${whole.value ? "Close the log" : "Whole log, search"}</button>
    </p>`}
    ${whole.value && html`<${Log} runId=${runId} step=${step} />`}`;
}
