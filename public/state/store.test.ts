import { expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { commandOf, strandIds, strandOf, takeCommand, takeEvents, takeLists, takeRecentRuns, waiting } from "./store.js";

const asked = (id: string, more: object = {}) => ({ id, strandId: `strand of ${id}`, kind: "run", status: "asked", by: "you", askedAt: "2026-11-21T12:00:00.000Z", ...more });
const told = (command: object) => takeEvents([{ type: "event", event: { type: "command.told", data: command } }]);
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
  takeEvents([{ type: "event", event: { type: "run.finished", strandId: "b" }, strand: { id: "b", recent: [{ id: "newest" }] } }]);
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

it("forgets strands that went, once there are many, and what was asked of them", () => {
  const ids = Array.from({ length: 2_001 }, (_, n) => `brief ${n}`);
  takeLists(lists(["stays", ...ids]));
  const [first, stays] = [strandOf(ids[0]), strandOf("stays")];
  const go = (id: string): object => ({ type: "event", event: { type: "strand.removed", strandId: id }, strand: null });
  takeEvents([go(ids[0]!)]);
  expect(strandOf(ids[0])).toBe(first);
  takeEvents(ids.slice(1).map(go));
  expect(strandOf(ids[0])).not.toBe(first);
  expect(strandOf("stays")).toBe(stays);
});

it("orders strands once for all messages that it takes in together", () => {
  takeLists(lists(["a", "b"]));
  let orders = 0;
  strandIds.subscribe(() => orders++);
  takeEvents(["z", "y", "x"].map((id) => ({ type: "event", event: { type: "strand.added", strandId: id }, strand: { id, name: id } })));
  expect([strandIds.peek(), orders]).toEqual([["a", "b", "x", "y", "z"], 2]);
});

it("tells strands that came just before a source went stale so as well", () => {
  takeLists(lists(["a"]));
  takeEvents([
    { type: "event", event: { type: "strand.added", strandId: "new" }, strand: { id: "new", name: "new", source: { plugin: "p", instance: "s", label: "S" }, freshness: "fresh" } },
    { type: "event", event: { type: "source.changed" }, source: { id: "p:s", freshness: "stale" } },
  ]);
  expect(strandOf("new").peek().freshness).toBe("stale");
});
