import { html } from "../html.js";
import { signal } from "../vendor/preact.js";
import { useModal } from "./useModal.js";

/** What is being asked of the person, or null. */
const question = signal(null);

/**
 * Asks a person before something is done: Enter, or the key that led here once more, does it; Esc does not.
 * @param {{ title: string, lines: string[], word: string, key?: string, act: () => void, also?: { word: string, act: () => void } | null }} asked
 *   `lines` are what they should know first, `also` is another way to do it
 */
export function ask(asked) {
  question.value = asked;
}

export function Confirm() {
  const asked = question.value;
  const dialog = useModal(asked !== null);
  const close = () => (question.value = null);
  const agree = (choice = asked) => {
    close();
    choice.act();
  };
  const press = (event) => {
    if (event.key !== asked?.key || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    agree();
  };
  return html`<dialog class="confirm" ref=${dialog} aria-labelledby="confirm-title" aria-describedby="confirm-lines" onClose=${close} onKeyDown=${press}>
    ${asked && html`
      <h2 id="confirm-title"><bdi>${asked.title}</bdi></h2>
      <div id="confirm-lines">${asked.lines.map((line, at) => html`<p key=${at}><bdi>${line}</bdi></p>`)}</div>
      <p class="choices">
        <button type="button" class="button main-choice" autofocus onClick=${() => agree()}>${asked.word} <kbd>↵</kbd></button>
        ${asked.also && html`<button type="button" class="button" onClick=${() => agree(asked.also)}>${asked.also.word}</button>`}
        <button type="button" class="button" onClick=${close}>Cancel <kbd>esc</kbd></button>
      </p>`}
  </dialog>`;
}
