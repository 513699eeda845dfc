import { html } from "../html.js";
import { mayAct } from "../state/role.js";

/** A button that changes something. Who may only look does not get it. */
export function Act({ children, ...rest }) {
  return mayAct.value && html`<button type="button" ...${rest}>${children}</button>`;
}
