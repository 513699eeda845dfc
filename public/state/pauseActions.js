import { ask } from "../ui/confirm.js";
import { pauseLines } from "../ui/pauseWords.js";
import { tried } from "./actions.js";
import { pause, pauses, resume } from "./pauses.js";
import { allStrands } from "./store.js";

/** What a person can ask of pauses. Each answers once the gateway has stored it. */

export const pauseStrand = (id) => tried("Could not pause it.", () => pause(id));
export const resumeStrand = (id) => tried("Could not resume it.", () => resume(id));
export const resumeAll = () => tried("Could not resume.", () => resume(null));

/** Says what would be paused and what would not, and pauses everything once that is confirmed. */
export function offerPauseAll() {
  ask({ title: "Pause everything?", lines: pauseLines(allStrands()), word: "Pause everything", key: "P", act: () => tried("Could not pause.", () => pause(null)) });
}

/** The one or the other, by how it stands. */
export const turnPause = () => (pauses.peek().everything ? resumeAll() : offerPauseAll());
