import { expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { commandOf, strandIds, strandOf, takeCommand, takeEvent, takeLists, takeRecentRuns, waiting } from "./store.js";

const asked = (id: string, more: object = {}) => ({ id, strandId: `strand of ${id}`, kind: "run", status: "asked", by: "you", askedAt: "2026-11-21T12:00:00.000Z", ...more });
const told = (command: object) => takeEvent({ type: "event", event: { type: "command.told", data: command } });
const shown = (id: string) => commandOf(`strand of ${id}`).peek().status;

it.each(["confirmed", "refused", "unknown"])("keeps that a command was %s when the answer to asking comes later", (status) => {
  told(asked(status, { status }));
  takeCommand(asked(status));
  expect(shown(status)).toBe(status);
  expect(waiting.peek().has(status)).toBe(false);
});

it("goes on from not knowing to what was read back, and not the other way", () => {
  for (const status of ["unknown", "confirmed", "unknown"]) told(asked("read back", { status }));
  expect(shown("read back")).toBe("confirmed");
});

it("shows a command as asked again when its owner has to be asked once more", () => {
  for (const status of ["asked", "sent", "asked"]) told(asked("limited", { status }));
  expect(shown("limited")).toBe("asked");
  expect(waiting.peek().has("limited")).toBe(true);
});

it("never hides a newer command behind an older one", () => {
  const strandId = "one strand";
  takeCommand(asked("newer", { strandId, askedAt: "2026-11-21T12:00:01.000Z" }));
  told(asked("older", { strandId, status: "refused" }));
  expect(commandOf(strandId).peek().id).toBe("newer");
});

const lists = (ids: readonly string[], commands: object[] = []) => ({ strands: ids.map((id) => ({ id })), sources: [], nodes: [], plugins: [], commands });
const runsOf = (id: string) => strandOf(id).peek().recent.map((run: { id: string }) => run.id);
const recent = (strandId: string, ...runs: string[]) => ({ strandId, runs: runs.map((id) => ({ id })) });

it("fills in the newest runs that the lists leave out, but not over what an event has told since", () => {
  takeLists(lists(["a", "b"]));
  expect(runsOf("a")).toEqual([]);
  takeEvent({ type: "event", event: { type: "run.finished", strandId: "b" }, strand: { id: "b", recent: [{ id: "newest" }] } });
  takeRecentRuns([recent("a", "two", "one"), recent("b", "older"), recent("gone", "x"), null]);
  expect(runsOf("a")).toEqual(["two", "one"]);
  expect(runsOf("b")).toEqual(["newest"]);
});

it("keeps the runs that it knows while lists without them come anew", () => {
  takeLists(lists(["a"]));
  expect(runsOf("a")).toEqual(["two", "one"]);
  takeRecentRuns([recent("a", "three")]);
  expect(runsOf("a")).toEqual(["three"]);
});

it("forgets what was asked and is awaited no longer when the lists come anew", () => {
  takeCommand(asked("settled meanwhile"));
  takeCommand(asked("still awaited"));
  takeLists(lists(["a"], [asked("still awaited")]));
  expect(commandOf("strand of settled meanwhile").peek()).toBeNull();
  expect(shown("still awaited")).toBe("asked");
});

it("puts strands in their order once for many that are renamed, come or go together", async () => {
  takeLists(lists(["a", "b", "c", "d"]));
  const seen: string[][] = [];
  const stop = strandIds.subscribe((ids: string[]) => seen.push(ids));
  const tell = (strandId: string, strand: object | null) => takeEvent({ type: "event", event: { type: "strand.told", strandId }, strand });
  tell("a", { id: "a", name: "z" });
  tell("b", null);
  tell("e", { id: "e", name: "before all" });
  tell("d", { id: "d", name: "b" });
  await expect.poll(() => seen.at(-1)).toEqual(["d", "e", "c", "a"]);
  stop();
  expect(seen).toHaveLength(2);
});
