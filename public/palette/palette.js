import { html } from "../html.js";
import { useComputed, useLayoutEffect, useRef, useSignal } from "../vendor/preact.js";
import { allStrands } from "../state/store.js";
import { Mark } from "../ui/mark.js";
import { entriesFor } from "./entries.js";
import { best } from "./match.js";
import { paletteOpen } from "../state/view.js";

/** The command palette: strands, runs, actions and views by a few letters. */
export function Palette() {
  return paletteOpen.value ? html`<${OpenPalette} />` : null;
}

function OpenPalette() {
  const dialog = useRef(null);
  const typed = useSignal("");
  const at = useSignal(0);
  const hits = useComputed(() => best(typed.value.trim(), entriesFor(allStrands(), typed.value)));
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current.showModal();
    // The dialog is taken away, not closed: what had the focus gets it back here, unless something else took it.
    return () => queueMicrotask(() => document.activeElement === document.body && before?.focus());
  }, []);
  useLayoutEffect(() => document.getElementById(`option-${at.value}`)?.scrollIntoView({ block: "nearest" }));

  const close = () => (paletteOpen.value = false);
  const choose = (entry) => {
    close();
    entry.run();
  };
  const press = (event) => {
    const count = hits.value.length;
    const moves = { ArrowDown: at.value + 1, ArrowUp: at.value - 1, PageDown: Math.min(count - 1, at.value + 8), PageUp: Math.max(0, at.value - 8) };
    if (event.key in moves) at.value = count ? (moves[event.key] + count) % count : 0;
    else if (event.key === "Enter" && !event.isComposing && hits.value[at.value]) choose(hits.value[at.value].entry);
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") close();
    // At once: what is pressed next, before the browser has told of the end, is for the page.
    else if (event.key === "Escape" && !event.isComposing) (dialog.current.close(), close());
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const write = (event) => {
    typed.value = event.currentTarget.value;
    at.value = 0;
  };
  return html`<dialog class="palette" ref=${dialog} aria-label="Commands" onClose=${close} onKeyDown=${press} onClick=${(event) => event.target === dialog.current && close()}>
    <input type="text" autofocus role="combobox" aria-expanded="true" aria-controls="options" aria-autocomplete="list" aria-activedescendant=${hits.value.length > 0 ? `option-${at.value}` : undefined} aria-label="Strand, run, action or view" placeholder="strand, run, action or view" autocomplete="off" spellcheck=${false} onInput=${write} />
    <ul role="listbox" id="options" aria-label="Found">
      ${hits.value.map(({ entry, at: letters }, index) => html`<li key=${entry.id} id=${`option-${index}`} role="option" aria-selected=${index === at.value ? "true" : "false"} onPointerMove=${() => (at.value = index)} onClick=${() => choose(entry)}>
        ${entry.tone ? html`<${Mark} tone=${entry.tone} />` : html`<span class="no-mark" aria-hidden="true">›</span>`}
        <bdi class="clip"><${Lit} text=${entry.title} at=${letters} /></bdi>
        <span class="hint"><bdi>${entry.hint}</bdi></span>
      </li>`)}
    </ul>
    ${hits.value.length === 0 && html`<p class="dim none">Nothing has these letters.</p>`}
    <p class="unseen" role="status">${hits.value.length} found</p>
  </dialog>`;
}

/** A title with the letters that were typed made bright. */
function Lit({ text, at }) {
  if (at.length === 0) return text;
  const parts = [];
  let from = 0;
  for (let index = 0; index < at.length; ) {
    let end = index;
    while (at[end + 1] === at[end] + 1) end++;
    parts.push(text.slice(from, at[index]), html`<b>${text.slice(at[index], at[end] + 1)}</b>`);
    from = at[end] + 1;
    index = end + 1;
  }
  return [...parts, text.slice(from)];
}
