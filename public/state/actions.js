import { get, post, remove, runPath, strandPath } from "./api.js";
import { start } from "./start.js";
import { commandOf, isPending, strandOf, takeCommand } from "./store.js";
import { inputWanted, open } from "./view.js";
import { ask as askPerson } from "../ui/confirm.js";
import { announce } from "../ui/announce.js";
import { clip, duration, plural } from "../ui/format.js";
import { tell } from "../ui/toast.js";
import { makesUp, switchWords } from "../ui/switching.js";

/** What a person can ask for. Each answers once it is asked; what becomes of it comes by the feed. */

export { isPending };

/** Asks the owner to run a strand. Answers whether it was taken. */
export const runNow = (id) => send(id, "run", () => start(`${strandPath(id)}/run`));

/** The same for a person who can be asked: a workflow that takes an input has its form filled in first. */
export function offerRun(id) {
  const strand = strandOf(id).peek();
  if (!strand?.can.run.allowed) return;
  if (strand.woven && strand.woven.input !== "none") inputWanted.value = id;
  else void runNow(id);
}

/** Starts a workflow with an input. @throws ApiProblem that tells what is wrong with it */
export async function runWith(id, input) {
  const answer = await start(`${strandPath(id)}/run`, input === undefined ? {} : { input });
  if (answer?.command) takeCommand(answer.command);
}

/** Asks the owner to switch a strand. Answers whether it was taken. `makeUp`: firings that fell meanwhile are made up for. */
export const setEnabled = (id, enabled, makeUp = false) => send(id, enabled ? "enable" : "disable", () => start(`${strandPath(id)}/enabled`, { enabled, ...(makeUp && { makeUp }) }));

/** Lets a workflow's file say again whether it is on. */
export const followFile = (id) => send(id, "reset", () => start(`${strandPath(id)}/enabled`, { enabled: null }));

/** Tells what becomes of missed firings, and switches once that is confirmed. */
export function offerSwitch(id) {
  const strand = strandOf(id).peek();
  if (!strand?.can.setEnabled.allowed || isPending(commandOf(id).peek())) return;
  const enable = !strand.enabled;
  const word = enable ? "Enable" : "Disable";
  const also = enable && makesUp(strand) ? { word: strand.woven.misfire === "once" ? "Enable, one run for all" : "Enable, make up for them", act: () => setEnabled(id, true, true) } : null;
  askPerson({ title: `${word} “${clip(strand.name, 60)}”?`, lines: switchWords([strand], enable), word, key: "d", act: () => setEnabled(id, enable), also });
}

/** Opens a run by its id alone. */
export async function openRunById(id) {
  await tried("", async () => {
    const run = await get(runPath(id));
    open(String(run.strandId), String(run.id));
  });
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
export async function tried(failed, act) {
  try {
    await act();
    return true;
  } catch (problem) {
    const wait = problem.retryAfterMs ? ` Try again in ${duration(problem.retryAfterMs)}.` : "";
    tell("failed", `${failed} ${problem.message}${wait}`, problem.help);
    return false;
  }
}
