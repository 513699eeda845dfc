import { post, runPath, strandPath } from "./api.js";
import { commandOf, strandOf, takeCommand } from "./store.js";
import { tell } from "../ui/toast.js";
import { clip } from "../ui/format.js";

/** What a person can ask of a strand's owner. Each answers once it is asked; what becomes of it comes by the feed. */

export const runNow = (id) => ask(id, "run", () => post(`${strandPath(id)}/run`));
export const setEnabled = (id, enabled) => ask(id, enabled ? "enable" : "disable", () => post(`${strandPath(id)}/enabled`, { enabled }));

/** Whether an answer is still awaited. */
export const isPending = (command) => command !== null && (command.status === "asked" || command.status === "sent");

/** Acknowledges a red run and every earlier one of its strand. */
export async function acknowledge(strandId) {
  const strand = strandOf(strandId).peek();
  const red = strand?.recent.find((tick) => tick.red && !tick.acknowledged) ?? strand?.lastRun;
  if (!red) return;
  try {
    await post(`${runPath(red.id)}/ack`);
  } catch (problem) {
    tell("failed", problem.message, problem.help);
  }
}

async function ask(id, kind, send) {
  if (isPending(commandOf(id).peek())) return;
  try {
    const answer = await send();
    if (answer?.command) takeCommand(answer.command);
  } catch (problem) {
    const name = clip(strandOf(id).peek()?.name ?? id, 40);
    tell("failed", `${name}: could not ${kind}. ${problem.message}`, problem.help);
  }
}
