import fc from "fast-check";
import { expect, test } from "vitest";
import { fold, type Told } from "./fold.ts";
import type { Given } from "./machine/decision.ts";
import { MOST_ROWS } from "./machine/state.ts";
import { planOf, type Plan } from "./machine/plan.ts";
import { freshRun, type RunState } from "./machine/state.ts";

const NOW = 1_000;
const given: Given = { now: NOW, random: () => 0, bootId: "boot", graceMs: 5_000, place: () => ({ is: "here", nodeId: "node" }), rowsBeside: () => ({ own: 0, all: 0 }) };

function begun(plan: Plan): RunState {
  return fold(plan, freshRun(plan), [{ happening: { is: "admitted" }, facts: [] }], given).after;
}

function phases(step: string, count: number): Told[] {
  return Array.from({ length: count }, (_, n) => ({ happening: { is: "phase", step, epoch: 1, name: `part ${n}`, to: "running" }, facts: [] }));
}

test("looks at a run once, however many phases it is told of together", () => {
  const plan = planOf([{ id: "post" }, { id: "send" }]);
  const before = begun(plan);
  let looks = 0;
  const { after, wakeAt } = fold(plan, before, phases("post", 1_000), { ...given, get now() {
    looks++;
    return NOW;
  } });
  expect([after.steps.size, wakeAt]).toEqual([1_002, NOW + 300_000]);
  // One for each of the two that are under way.
  expect(looks).toBe(2);
});

test("a run has no phases without end", () => {
  const plan = planOf([{ id: "post" }]);
  const end: Told = { happening: { is: "phase", step: "post", epoch: 1, name: "part 0", to: "completed" }, facts: [] };
  const { after, refusals } = fold(plan, begun(plan), [...phases("post", MOST_ROWS), end], given);
  expect([after.steps.size, refusals.indexOf("too_many"), refusals.at(-1)]).toEqual([MOST_ROWS, MOST_ROWS - 1, null]);
});

test("looks at it once, however many of its items have ended, and lets as many begin", () => {
  const plan = planOf([{ id: "list", each: { parallel: 100 } }, { id: "after", dependsOn: ["list"] }]);
  const evaluated: Told = { happening: { is: "evaluated", step: "list", answer: { is: "ready", items: 300 } }, facts: [] };
  const before = fold(plan, begun(plan), [evaluated], given).after;
  let places = 0;
  const ended = Array.from({ length: 100 }, (_, n): Told => ({ happening: { is: "ended", step: `list[${n}]`, epoch: 1, outcome: { is: "completed" } }, facts: [] }));
  let looks = 0;
  const { begins } = fold(plan, before, ended, { ...given, get now() {
    looks++;
    return NOW;
  }, place: () => (places++, { is: "here", nodeId: "node" }) });
  expect([begins.length, places]).toEqual([100, 100]);
  // Three for each that begins, and none for those that have ended.
  expect(looks).toBeLessThan(500);
});

const several = planOf([{ id: "one", retries: 1, backoff: { initialMs: 0, factor: 1, maxMs: 0, jitter: 0 } }, { id: "two" }, { id: "list", dependsOn: ["one"], each: { parallel: 2 } }, { id: "last", dependsOn: ["two", "list"], evaluates: true }]);
const atFirst = begun(several);
const next = (before: RunState, happening: Told["happening"]): RunState => fold(several, before, [{ happening, facts: [] }], given).after;
const beforeItems = next(atFirst, { is: "ended", step: "one", epoch: 1, outcome: { is: "completed" } });
const withItems = next(beforeItems, { is: "evaluated", step: "list", answer: { is: "ready", items: 2 } });
/** Where a row stands among the others says nothing. */
const rowsOf = ({ steps }: RunState): unknown[] => [...steps].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);

/**
 * An attempt tells nothing before it has begun, and nothing is evaluated before that was asked for; both are done once they are
 * stored. So these are of rows that are under way, and of the one that is being evaluated.
 */
const happenings = (rows: readonly string[], evaluating: string): fc.Arbitrary<Told["happening"]> =>
  fc.oneof(
    fc.record({ is: fc.constant("started" as const), step: fc.constantFrom(...rows), epoch: fc.constantFrom(1, 1, 0) }),
    fc.record({ is: fc.constant("phase" as const), step: fc.constantFrom(...rows), epoch: fc.constant(1), name: fc.constantFrom("a", "b"), to: fc.constantFrom("running" as const, "completed" as const) }),
    fc.record({ is: fc.constant("ended" as const), step: fc.constantFrom(...rows), epoch: fc.constantFrom(1, 1, 0), outcome: fc.constantFrom({ is: "completed" as const }, { is: "failed" as const, code: "no" }, { is: "displaced" as const }) }),
    fc.record({ is: fc.constant("evaluated" as const), step: fc.constant(evaluating), answer: fc.constantFrom({ is: "ready" as const, items: 2 }, { is: "skipped" as const }) }),
    fc.constant({ is: "look" as const }),
    fc.constant({ is: "cancelled" as const, graceMs: 10 }),
  );

test.each([
  ["at first", atFirst, happenings(["one", "two"], "none")],
  ["before a list has items", beforeItems, happenings(["two"], "list")],
  ["while items are under way", withItems, happenings(["two", "list[0]", "list[1]"], "none")],
] as const)("%s, what is told together comes to the same as one after the other", (_, before, some) => {
  fc.assert(
    fc.property(fc.array(some, { maxLength: 30 }), (all) => {
      const told = all.map((happening): Told => ({ happening, facts: [] }));
      const { after, refusals } = fold(several, before, told, given);
      let one = before;
      const alone = told.map((each) => {
        const change = fold(several, one, [each], given);
        one = change.after;
        return change.refusals[0];
      });
      const taken = (why: unknown): boolean => why === null;
      expect({ ...after, steps: rowsOf(after), taken: refusals.map(taken) }).toEqual({ ...one, steps: rowsOf(one), taken: alone.map(taken) });
    }),
    { numRuns: 500 },
  );
});

test("looks at it once, however many of its steps are evaluated together", () => {
  const plan = planOf(Array.from({ length: 200 }, (_, n) => ({ id: `list${n}`, each: { parallel: 1 } })));
  const evaluated = plan.steps.map(({ id }): Told => ({ happening: { is: "evaluated", step: id, answer: { is: "ready", items: 20 } }, facts: [] }));
  let looks = 0;
  const { begins } = fold(plan, begun(plan), evaluated, { ...given, get now() {
    looks++;
    return NOW;
  } });
  expect(begins).toHaveLength(200);
  // Some for each that begins, and none for the others' items.
  expect(looks).toBeLessThan(1_000);
});
