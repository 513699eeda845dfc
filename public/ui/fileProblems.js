import { html } from "../html.js";
import { plural } from "./format.js";

/** What is wrong with a file of workflows: where, what, and how to mend it. */
export function FileProblems({ problems, most = 20 }) {
  if (problems.length === 0) return null;
  return html`<ul class="file-problems">
    ${problems.slice(0, most).map((problem, at) => html`<li key=${at}><code title=${problem.path}>${fileName(problem.path)}</code> <bdi>${problem.message.slice(0, 1000)}</bdi>${problem.mend && html` <bdi class="dim">${problem.mend.slice(0, 500)}</bdi>`}</li>`)}
    ${problems.length > most && html`<li class="dim">and ${plural(problems.length - most, "more problem")}</li>`}
  </ul>`;
}

/** The end of a path, with the line where it names one: `report.ts:14:22`. */
export const fileName = (path) => path.slice(path.lastIndexOf("/") + 1).slice(-120) || path;

/** What of a file runs. */
export function holdsWords({ holds, problems }) {
  const live = holds.filter((one) => one.live);
  const names = live.map(({ kind, id }) => `${kind} ${id}`).slice(0, 8).join(", ");
  const shadowed = holds.filter((one) => !one.live).map(({ id }) => id).slice(0, 8).join(", ");
  return [names ? `${problems.length > 0 ? "as it was before, it goes on: " : ""}${names}` : "nothing of it runs", shadowed && `another file has ${shadowed}`].filter(Boolean).join(" · ");
}
