import { html } from "../html.js";
import { closePanels } from "../state/view.js";

/** The way out of a panel, beside Esc. */
export function Close() {
  return html`<button type="button" class="quiet close" aria-label="Close (Esc)" title="Close (Esc)" onClick=${closePanels}>×</button>`;
}
