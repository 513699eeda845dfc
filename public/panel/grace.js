import { html } from "../html.js";
import { useSignal } from "../vendor/preact.js";
import { setGrace } from "../state/actions.js";
import { duration, readDuration } from "../ui/format.js";
import { Act } from "../ui/act.js";

const SHORTEST = 1000;
const LONGEST = 24 * 3_600_000;

/** How late a firing may be before it is missed, and a way to set it. */
export function Grace({ strand, detail }) {
  const editing = useSignal(false);
  const wrong = useSignal(false);
  if (!detail || detail.grace.ms === null || ["manual", "event"].includes(strand.trigger.kind)) return null;
  const { ms, by } = detail.grace;
  const save = async (event) => {
    event.preventDefault();
    const wanted = readDuration(event.currentTarget.elements.grace.value);
    wrong.value = wanted === null || wanted < SHORTEST || wanted > LONGEST;
    if (!wrong.value && (await setGrace(strand.id, wanted))) editing.value = false;
  };
  return html`<div class="grace">
    <p>A firing is missed once it is ${duration(ms)} late${by === "rule" ? ", by the rule" : ", as somebody set it"}. ${!editing.value && html`<${Act} class="link" onClick=${() => (editing.value = true)}>Change<//>`}${by === "person" && html` <${Act} class="link" onClick=${() => setGrace(strand.id, null)}>By the rule again<//>`}</p>
    ${editing.value && html`<form class="grace-form" onSubmit=${save}>
      <label for="grace">Missed when late by</label>
      <input id="grace" name="grace" type="text" size="8" autofocus defaultValue=${duration(ms)} aria-invalid=${wrong.value ? "true" : "false"} aria-describedby="grace-hint" onKeyDown=${(event) => event.key === "Escape" && (event.stopPropagation(), (editing.value = false))} />
      <button type="submit" class="button">Set</button>
      <span id="grace-hint" class=${wrong.value ? "tone-failed" : "dim"}>${wrong.value ? "Write such as 90s, 5m or 1h 30m; one second to a day." : "such as 90s, 5m, 1h 30m"}</span>
    </form>`}
  </div>`;
}
