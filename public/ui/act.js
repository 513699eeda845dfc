import { html } from "../html.js";
import { mayAct } from "../state/role.js";

/** A button that changes something. Who may only look does not get it. */
export function Act({ class: look, disabled, title, onClick, "data-acknowledge-all": acknowledgesAll, children }) {
  return mayAct.value && html`<button type="button" class=${look} disabled=${disabled} title=${title} data-acknowledge-all=${acknowledgesAll} onClick=${onClick}>${children}</button>`;
}
