import { signal } from "../vendor/preact.js";
import { all, post } from "./api.js";
import { rereading } from "./turns.js";
import { instant, list, oneOf, readProblem, text } from "./shape.js";

/** The files of workflows and operations: what each holds, and what keeps it from being live. */

export const files = signal([]);

/** Reads them (again). */
export const readFiles = rereading(async () => {
  files.value = (await all("/workflows")).map(readFile);
});

/** Has the gateway read all of them from the disk again, and answers when what they hold is live. @throws ApiProblem */
export async function reloadFiles() {
  files.value = list((await post("/reload"))?.items).map(readFile);
}

/** Whether an event may have changed them. */
export const concernsFiles = ({ type, strandId }, strand) => String(type).startsWith("workflow.") || (strandId && strand?.woven && /^strand\.(added|edited|returned|removed|vanished)$/.test(type)) || type === "strand.removed";

function readFile(raw) {
  return {
    path: text(raw?.path),
    root: oneOf(["shipped", "home", "named"], raw?.root, "home"),
    holds: list(raw?.holds).map((one) => ({ kind: text(one?.kind), id: text(one?.id), live: one?.live === true })),
    problems: list(raw?.problems).map(readProblem),
    loadedAt: instant(raw?.loadedAt),
  };
}
