import { post, remove, strandPath } from "./api.js";
import { commandOf, isPending, strandOf, takeCommand } from "./store.js";
import { ask as askPerson } from "../ui/confirm.js";
import { announce } from "../ui/announce.js";
import { clip, duration, plural } from "../ui/format.js";
import { tell } from "../ui/toast.js";
import { switchWords } from "../ui/switching.js";

/** What a person can ask for. Each answers once it is asked; what becomes of it comes by the feed. */

export { isPending };

/** Asks the owner to run a strand. Answers whether it was taken. */
export const runNow = (id) => send(id, "run", () => post(`${strandPath(id)}/run`));
/** Asks the owner to switch a strand. Answers whether it was taken. */
export const setEnabled = (id, enabled) => send(id, enabled ? "enable" : "disable", () => post(`${strandPath(id)}/enabled`, { enabled }));

/** Tells what becomes of missed firings, and switches once that is confirmed. */
export function offerSwitch(id) {
  const strand = strandOf(id).peek();
  if (!strand?.can.setEnabled.allowed || isPending(commandOf(id).peek())) return;
  const enable = !strand.enabled;
  askPerson({ title: `${enable ? "Enable" : "Disable"} “${clip(strand.name, 60)}”?`, lines: switchWords([strand], enable), word: enable ? "Enable" : "Disable", key: "d", act: () => setEnabled(id, enable) });
}

/**
 * Acknowledges what a strand asks for.
 * @param {"runs" | "missed" | "changes"} [what] one kind of it; left out: all
 */
export async function acknowledge(id, what) {
  const strand = strandOf(id).peek();
  const name = clip(strand?.name ?? "", 40);
  const done = await tried(`${name}: could not acknowledge.`, () => post(`${strandPath(id)}/ack`, { ...(what && { what: [what] }), ...(strand && { seen: shown(strand) }) }));
  if (done) announce(`${name} acknowledged`);
  return done;
}

/** The newest that the page shows of each kind: what comes while a person acknowledges goes on asking. */
function shown({ redRuns, recent, missed, changes }) {
  const run = recent.find(({ red, acknowledged }) => red && !acknowledged)?.id;
  return { run: redRuns === 0 ? null : run, missed: missed?.lastDueAt ?? null, change: changes[0]?.id ?? null };
}

/** Sets how late a firing may be before it is missed; null: by the rule again. */
export const setGrace = (id, graceMs) => tried("Could not set it.", () => post(`${strandPath(id)}/grace`, { graceMs }));

/** Takes a command back that waits in the queue. */
export const withdraw = (commandId) => tried("Could not withdraw.", () => remove(`/commands/${encodeURIComponent(commandId)}`));

/** Has a source read again now. */
export const lookAgain = (sourceId) => tried("Could not look.", () => post(`/sources/${encodeURIComponent(sourceId)}/look`));

/** Takes what a suspect source tells for the truth, once somebody has confirmed it. */
export function offerAccept(source) {
  askPerson({
    title: `Believe “${clip(source.label, 60)}”?`,
    lines: [source.message ?? "What it tells now differs much from what it told before.", `${source.strands === null ? "Its strands" : plural(source.strands, "strand")} of it hang here. Those that it does not tell of any more leave the page. Their history is kept.`],
    word: "Believe it",
    act: () => tried(`${clip(source.label, 40)}:`, () => post(`/sources/${encodeURIComponent(source.id)}/accept`)),
  });
}

async function send(id, kind, ask) {
  if (isPending(commandOf(id).peek())) return false;
  return tried(`${clip(strandOf(id).peek()?.name ?? id, 40)}: could not ${kind}.`, async () => {
    const answer = await ask();
    if (answer?.command) takeCommand(answer.command);
  });
}

/** Does it, or says why not. Answers whether it was done. */
async function tried(failed, act) {
  try {
    await act();
    return true;
  } catch (problem) {
    const wait = problem.retryAfterMs ? ` Try again in ${duration(problem.retryAfterMs)}.` : "";
    tell("failed", `${failed} ${problem.message}${wait}`, problem.help);
    return false;
  }
}
