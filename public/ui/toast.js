import { signal } from "../vendor/preact.js";
import { html } from "../html.js";
import { later } from "../state/clock.js";

const shown = signal([]);
let count = 0;

/** Tells something for eight seconds at the foot of the page. `tone` is `ok`, `missed` or `failed`. */
export function tell(tone, title, detail = "") {
  const toast = { id: ++count, tone, title, detail };
  shown.value = [...shown.value.slice(-3), toast];
  later(8000, () => close(toast.id));
}

const close = (id) => {
  shown.value = shown.value.filter((toast) => toast.id !== id);
};

export function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${shown.value.map(
      (toast) => html`<div class=${`toast tone-${toast.tone}`} key=${toast.id}>
        <p><bdi>${String(toast.title)}</bdi></p>
        ${toast.detail && html`<p class="dim"><bdi>${String(toast.detail)}</bdi></p>`}
        <button type="button" class="quiet" aria-label="Dismiss" onClick=${() => close(toast.id)}>×</button>
      </div>`,
    )}
  </div>`;
}
