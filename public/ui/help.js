import { bindings } from "../bindings.js";
import { html } from "../html.js";
import { Legend } from "../loom/legend.js";
import { FilterTerms } from "./states.js";
import { useModal } from "./useModal.js";
import { helpOpen } from "../state/view.js";

/** How to read the page, and the list of keys, made of the bindings themselves. */
export function Help() {
  const dialog = useModal(helpOpen.value);
  return html`<dialog class="help" ref=${dialog} aria-labelledby="help-title" onClose=${() => (helpOpen.value = false)} onClick=${(event) => event.target === dialog.current && dialog.current.close()}>
    <h2 id="help-title" tabindex="-1" autofocus>How to read it</h2>
    <p>Each strand is a job. It hangs from its scheduler's beam by a ring that tells how it starts. The diamonds are its steps, as the last run left them; light is a run on its way. Below the knot hang the runs before, newest first, each as long as it took.</p>
    <${Legend} />
    <h2>Keys</h2>
    <dl>
      ${bindings.filter((binding) => binding.does && binding.may?.value !== false).map((binding) => html`<div key=${binding.does}><dt>${binding.keys.map((key) => html`<kbd key=${key}>${names[key] ?? key}</kbd> `)}</dt><dd>${binding.does}</dd></div>`)}
    </dl>
    <h2>Filter</h2>
    <${FilterTerms} />
    <p class="dim">Drag or scroll to pan, Ctrl and wheel to zoom. The address always shows what you see: copy it to share it.</p>
    <button type="button" class="button" onClick=${() => dialog.current.close()}>Close</button>
  </dialog>`;
}

const names = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", "Shift+←→": "Shift ←→", "Ctrl+k": "Ctrl k", "Ctrl+a": "Ctrl a" };
