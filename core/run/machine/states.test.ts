import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runStatuses, stepStatuses } from "../../store/statuses.ts";
import { isRunOver, isStepOver, runEvent, runMoves, stepEvent, stepMoves } from "./states.ts";
import { machinePage } from "./diagrams.ts";

test("docs/run-machine.md is the one that the machine writes", () => {
  expect(readFileSync(new URL("../../../docs/run-machine.md", import.meta.url), "utf8")).toBe(machinePage());
});

test("it knows every state that is stored, and none besides", () => {
  expect(Object.keys(runMoves)).toEqual([...runStatuses]);
  expect(Object.keys(stepMoves)).toEqual([...stepStatuses]);
});

test("a run ends as succeeded, failed, cancelled or skipped, and then for good", () => {
  expect(runStatuses.filter(isRunOver)).toEqual(["succeeded", "failed", "cancelled", "skipped"]);
});

test("a step ends as completed, failed, failed_crash or skipped, and then for good", () => {
  expect(stepStatuses.filter(isStepOver)).toEqual(["completed", "failed", "failed_crash", "skipped"]);
});

test("an end can be reached from every state", () => {
  const reaches = <S extends string>(moves: Readonly<Record<S, readonly S[]>>, from: S, seen: readonly S[] = []): boolean =>
    moves[from].length === 0 || moves[from].some((to) => !seen.includes(to) && reaches(moves, to, [...seen, from]));
  expect(runStatuses.filter((from) => !reaches(runMoves, from))).toEqual([]);
  expect(stepStatuses.filter((from) => !reaches(stepMoves, from))).toEqual([]);
});

test("each move has its event, and what is no move has none", () => {
  for (const from of runStatuses) for (const to of runStatuses) expect(runEvent(from, to) !== null).toBe(runMoves[from].includes(to));
  for (const from of stepStatuses) for (const to of stepStatuses) expect(stepEvent(from, to) !== null).toBe(stepMoves[from].includes(to));
});

test.each([
  ["queued", "running", "run.started"],
  ["waiting", "running", "run.resumed"],
  ["cancelling", "cancelled", "run.finished"],
  [null, "skipped", "run.finished"],
  [null, "running", null],
  ["cancelling", "succeeded", null],
] as const)("a run that goes from %s to %s is told as %s", (from, to, event) => {
  expect(runEvent(from, to)).toBe(event);
});

test.each([
  ["dispatched", "running", "step.started"],
  ["running", "failed_crash", "step.failed_crash"],
  [null, "pending", "step.pending"],
  [null, "dispatched", null],
  ["dispatched", "completed", null],
  ["completed", "dispatched", null],
] as const)("a step that goes from %s to %s is told as %s", (from, to, event) => {
  expect(stepEvent(from, to)).toBe(event);
});
