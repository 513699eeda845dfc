import { html } from "../html.js";
import { openRunById } from "../state/actions.js";
import { openRun } from "../state/view.js";
import { Patches } from "../ui/patch.js";
import { Json } from "./wovenStep.js";

/** What a workflow's run began with: its input, the version of the code and what has changed since, and the run that led to it. */
export function RunOrigin({ run }) {
  const { version, versionNow, rerunOf, startedBy, input } = run;
  const older = versionNow !== null && version !== versionNow;
  return html`<div class="origin">
    ${rerunOf && html`<p>does <button type="button" class="link" onClick=${() => (openRun.value = rerunOf)}>an earlier run</button> again</p>`}
    ${startedBy && html`<p>is the work of <button type="button" class="link" onClick=${() => openRunById(startedBy.runId)}>step <bdi>${startedBy.step.slice(0, 80)}</bdi> of another run</button></p>`}
    ${input !== null && html`<${Json} word="input" value=${input} />`}
    ${older ? html`<details><summary>version ${version}, now ${versionNow}: what has changed</summary><${Patches} strandId=${run.strandId} from=${version} to=${versionNow} /></details>` : html`<p class="dim small">version ${version}${versionNow === null ? "" : ", the newest"}</p>`}
  </div>`;
}
