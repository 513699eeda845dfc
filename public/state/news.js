import { announce } from "../ui/announce.js";
import { clip } from "../ui/format.js";
import { strandOf } from "./store.js";

/** What of the live feed is worth saying aloud: what somebody may want to act on, and what became of what was asked. */

const words = {
  "run.finished": (name, strand) => strand?.recent[0]?.red && `${name} failed`,
  "run.corrected": (name, _strand, { status, red }) => (status === "running" ? `${name} is still running` : !red && `${name} did not fail after all`),
  "run.stuck": (name) => `${name} is running for too long`,
  "occurrence.missed": (name) => `${name} missed a firing`,
  "strand.edited": (name) => `${name} was edited`,
  "strand.added": (name) => `${name} is new`,
  "strand.vanished": (name) => `${name} vanished where its owner keeps it`,
  "strand.returned": (name) => `${name} came back`,
  "strand.removed": (name) => `${name} is gone`,
  "workflow.problems": (name, strand, { problems, path }) => problems?.length > 0 && `${strand ? name : path}: its file is broken`,
  "command.confirmed": (name) => `${name}: confirmed by its owner`,
  "command.refused": (name) => `${name}: refused by its owner`,
};

/** What there is to say of an event, or nothing; the state must have taken the event in. */
export function newsOf(event) {
  const strand = strandOf(String(event.strandId ?? event.data?.strandId)).peek();
  const name = clip(strand?.name ?? "A strand", 60);
  return words[event.type]?.(name, strand, event.data ?? {}) || null;
}

/** Says what an event tells. Call it when the state has taken the event in. */
export function sayNews(event) {
  const text = newsOf(event);
  if (text) announce(text);
}
