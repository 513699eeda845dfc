import { duration, plural } from "./format.js";
import { fromWhom } from "./words.js";

/** Pauses in words. Pure. */

/** What a person should know before everything is paused. @param strands all of them */
export function pauseLines(strands) {
  const there = strands.filter((strand) => strand.goneAt === null);
  const woven = there.filter(({ kind }) => kind === "woven").length;
  const mirrored = there.filter(({ kind, enabled, system }) => kind !== "woven" && enabled && !system);
  const refusing = mirrored.filter(({ can }) => !can.setEnabled.allowed).length;
  const system = there.filter(({ kind, enabled, system: own }) => kind !== "woven" && enabled && own).length;
  const running = there.filter(({ activeRun }) => activeRun).length;
  return [
    woven > 0 && `${plural(woven, "workflow")} of Loom ${woven === 1 ? "starts" : "start"} nothing more, at once.`,
    mirrored.length > refusing && `${plural(mirrored.length - refusing, "job")} of other schedulers ${mirrored.length - refusing === 1 ? "is" : "are"} switched off by their owners, one after another. How each stood is kept, and is put back when you resume.`,
    system + refusing > 0 && `${plural(system + refusing, "job")} ${system + refusing === 1 ? "goes" : "go"} on: schedulers' own, and those whose owner takes no such wish.`,
    running > 0 && `${plural(running, "run")} under way ${running === 1 ? "goes" : "go"} on to the end.`,
  ].filter(Boolean);
}

/** What there is to say of single strands, the most pressing first. */
const kinds = { refused: "refused by the owner", new: "new since", changed: "changed meanwhile", left_out: "left out" };

/**
 * The pause of everything as a line and what it leaves to say.
 * @param report as `readReport` gives it
 * @returns {{ key: string, paused: boolean, title: string, queue: string, groups: { state: string, words: string, strands: object[] }[] } | null} null: there is nothing to say
 */
export function pauseLine(report) {
  const ofAll = report.strands.filter(({ scope }) => scope === "everything");
  const groups = Object.keys(kinds).map((state) => ({ state, strands: ofAll.filter((strand) => strand.state === state) })).filter(({ strands }) => strands.length > 0).map((group) => ({ ...group, words: `${group.strands.length} ${kinds[group.state]}` }));
  const { everything, queue } = report;
  const resuming = ofAll.some(({ state }) => state === "resuming");
  const wait = queue.waiting === 0 ? "" : `${plural(queue.waiting, "job")} still to be switched${queue.expectedWaitMs ? `, about ${duration(Math.ceil(queue.expectedWaitMs / 1000) * 1000)}` : ""}`;
  if (everything) return { key: `paused ${everything.since}`, paused: true, title: `Everything is paused, ${fromWhom(everything.by)}`, queue: wait, groups };
  if (resuming) return { key: "resuming", paused: false, title: "Everything is being resumed", queue: wait, groups };
  const left = groups.filter(({ state }) => state === "refused" || state === "changed");
  return left.length > 0 ? { key: `left ${ofAll[0].since}`, paused: false, title: "Resumed, but not all is as it was", queue: "", groups: left } : null;
}
