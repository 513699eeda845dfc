import { signal } from "../vendor/preact.js";
import { get, post } from "./api.js";
import { rereading } from "./turns.js";
import { exact, instant, list, number, text, textOrNull } from "./shape.js";

/** What people have paused: everything, or single strands. */

const nothing = { everything: null, strands: [], queue: { waiting: 0, expectedWaitMs: null } };

export const pauses = signal(nothing);

/** Reads it (again). */
export const readPauses = rereading(async () => {
  pauses.value = readReport(await get("/pause"));
});

/** Whether an event may have changed it. While a pause goes on, owners answer and jobs come and go. */
export const concernsPauses = ({ type }) => /^(pause\.|strand\.(paused|resumed))/.test(type) || (pauses.peek().strands.length > 0 && /^(command\.|strand\.(added|edited|removed|enabled|disabled))/.test(type));

/** Pauses a strand, or everything with null. @throws ApiProblem */
export const pause = (strandId) => change("/pause", strandId);
/** Ends such a pause. @throws ApiProblem */
export const resume = (strandId) => change("/resume", strandId);

async function change(path, strandId) {
  pauses.value = readReport(await post(path, strandId === null ? {} : { strandId }));
}

/** The report as it is shown. Pure. */
export function readReport(raw) {
  return {
    everything: raw?.everything ? { since: instant(raw.everything.since) ?? 0, by: text(raw.everything.by) } : null,
    strands: list(raw?.strands).map((one) => ({ id: exact(one?.id), name: text(one?.name), state: text(one?.state), scope: text(one?.scope), since: instant(one?.since) ?? 0, by: text(one?.by), reason: textOrNull(one?.reason) })),
    queue: { waiting: number(raw?.queue?.waiting) ?? 0, expectedWaitMs: number(raw?.queue?.expectedWaitMs) },
  };
}
