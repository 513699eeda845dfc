import { html } from "../html.js";
import { useEffect, useRef, useSignal } from "../vendor/preact.js";
import { runWith } from "../state/actions.js";
import { strandPath } from "../state/api.js";
import { readDetail } from "../state/detailShape.js";
import { strandOf } from "../state/store.js";
import { inputWanted } from "../state/view.js";
import { useModal } from "./useModal.js";
import { useRead } from "./useRead.js";
import { fieldsOf, inputOf, problemsByField } from "./inputFields.js";

/** Asks for what a workflow's run is to be started with: a form made of its schema. */
export function RunForm() {
  const id = inputWanted.value;
  const dialog = useModal(id !== null);
  return html`<dialog class="run-form" ref=${dialog} aria-labelledby="run-form-title" onClose=${() => (inputWanted.value = null)}>
    ${id !== null && html`<${Form} key=${id} id=${id} />`}
  </dialog>`;
}

function Form({ id }) {
  const { value: detail, problem: failed } = useRead(strandPath(id), readDetail);
  const wrong = useSignal({ ofFields: new Map(), others: [] });
  const busy = useSignal(false);
  const form = useRef(null);
  useEffect(() => form.current.elements["field-0"]?.focus(), [detail]);
  const fields = detail && fieldsOf(detail.inputSchema, detail.inputDefault);
  const strand = strandOf(id).peek();

  const refuse = (found) => {
    wrong.value = found;
    const first = fields.findIndex(({ key }) => found.ofFields.has(key));
    if (first !== -1) form.current.elements[`field-${first}`]?.focus();
  };
  const start = async (event) => {
    event.preventDefault();
    if (busy.peek()) return;
    const { input, problems } = inputOf(fields, (field) => writtenIn(form.current.elements[`field-${fields.indexOf(field)}`], field));
    if (problems.size > 0) return refuse({ ofFields: problems, others: [] });
    busy.value = true;
    try {
      await runWith(id, input);
      inputWanted.value = null;
    } catch (problem) {
      const found = problemsByField(fields, problem.problems);
      refuse(problem.problems.length > 0 ? found : { ofFields: new Map(), others: [`${problem.message} ${problem.help}`] });
    }
    busy.value = false;
  };
  return html`<form ref=${form} noValidate onSubmit=${start} onKeyDown=${(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && form.current.requestSubmit()}>
    <h2 id="run-form-title">Run “<bdi>${(strand?.name ?? id).slice(0, 80)}</bdi>” with</h2>
    ${failed && html`<p class="tone-failed" role="alert">${failed.message}</p>`}
    ${fields === null && !failed && html`<p class="dim">reading…</p>`}
    ${fields?.map((field, at) => html`<${Field} key=${at} field=${field} name=${`field-${at}`} problem=${wrong.value.ofFields.get(field.key) ?? ""} />`)}
    <div role="alert">${wrong.value.others.map((words, at) => html`<p class="tone-failed" key=${at}><bdi>${words}</bdi></p>`)}</div>
    <p class="choices">
      <button type="submit" class=${busy.value ? "button asked" : "button main-choice"} disabled=${fields === null || busy.value}>${busy.value ? "asked" : "Run now"} <kbd>↵</kbd></button>
      <button type="button" class="button" onClick=${() => (inputWanted.value = null)}>Cancel <kbd>esc</kbd></button>
    </p>
  </form>`;
}

const writtenIn = (element, field) => (field.kind === "boolean" ? element.checked : element.value);

function Field({ field, name, problem }) {
  const { kind, label, help, required, value } = field;
  const about = [help && `${name}-help`, problem && `${name}-problem`].filter(Boolean).join(" ");
  return html`<div class=${`field field-${kind}`}>
    <label for=${name}>${label}${required ? "" : html` <span class="dim">${kind === "boolean" ? "" : "optional"}</span>`}</label>
    <${Control} field=${field} name=${name} value=${value} about=${about || null} invalid=${problem ? "true" : "false"} />
    ${help && html`<p class="dim" id=${`${name}-help`}><bdi>${help}</bdi></p>`}
    ${problem && html`<p class="tone-failed" id=${`${name}-problem`}><bdi>${problem}</bdi></p>`}
  </div>`;
}

function Control({ field, name, value, about, invalid }) {
  const { kind, required } = field;
  switch (kind) {
    case "boolean":
      return html`<input id=${name} name=${name} type="checkbox" defaultChecked=${value} aria-describedby=${about} />`;
    case "choice":
      return html`<select id=${name} name=${name} aria-describedby=${about} aria-invalid=${invalid}>
        ${!(required && value !== "") && html`<option value=""></option>`}
        ${field.options.map((option, at) => html`<option key=${at} value=${String(at)} selected=${value === String(at)}>${typeof option === "string" ? option : JSON.stringify(option)}</option>`)}
      </select>`;
    case "json":
      return html`<textarea id=${name} name=${name} rows=${Math.min(10, Math.max(3, value.split("\n").length))} spellcheck=${false} placeholder=${field.isList ? "[ ]" : "JSON"} aria-describedby=${about} aria-invalid=${invalid} aria-required=${required} defaultValue=${value}></textarea>`;
    default:
      return html`<input id=${name} name=${name} type="text" inputmode=${kind === "text" ? "text" : "decimal"} autocomplete="off" spellcheck=${false} placeholder=${field.format} aria-describedby=${about} aria-invalid=${invalid} aria-required=${required} defaultValue=${value} />`;
  }
}
