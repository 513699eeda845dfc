import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RunStage } from "../../../test/support/runStage.ts";
import { RunWorld } from "../../../test/support/runWorld.ts";
import type { Outcome } from "./attempt.ts";
import type { Decision, StepMove } from "./decision.ts";
import { isRunOver, isUnderWay, runEvent, stepEvent } from "./states.ts";
import { planOf, workedOn, type PlannedStep } from "./plan.ts";
import { advance } from "./advance.ts";
import { freshStep, type RunState, type StepState } from "./state.ts";

type Step = Pick<PlannedStep, "id"> & Partial<PlannedStep>;

const features: fc.Arbitrary<Partial<PlannedStep>> = fc.record(
  {
    evaluates: fc.boolean(),
    each: fc.constantFrom(null, null, { parallel: 1 }, { parallel: 2 }),
    asks: fc.boolean(),
    retries: fc.nat(2),
    timeoutMs: fc.integer({ min: 1, max: 500 }),
    recovers: fc.constantFrom("retry", "reattach", "crash"),
  },
  { requiredKeys: [] },
);

/** Up to seven steps, each of which may depend on any before it. */
const graphs: fc.Arbitrary<Step[]> = fc
  .array(fc.tuple(features, fc.nat(127)), { minLength: 1, maxLength: 7 })
  .map((made) => made.map(([feature, mask], index) => ({ ...feature, id: `s${index}`, dependsOn: made.flatMap((_, i) => (i < index && (mask >> i) % 2 === 1 ? [`s${i}`] : [])) })));

/** What happens in a world: see `RunWorld`. */
const stories = fc.array(fc.nat(9_999), { maxLength: 150 });

describe("whatever happens, with crashes and cancels in between", () => {
  test("each decision keeps the rules, and the run ends once the world is kind", () => {
    fc.assert(
      fc.property(graphs, stories, (steps, story) => {
        const plan = planOf(steps);
        const world: RunWorld = new RunWorld(steps, story, (before, decision) => judge(plan, before, decision, world?.stage.now));
        for (let turn = 0; turn < story.length && !world.isOver; turn++) world.happen();
        expect(world.settle(), world.stage.rows.join("\n")).toBe(true);
        for (const [id, count] of world.begun) expect(count - (world.givenBack.get(id) ?? 0)).toBeLessThanOrEqual(workedOn(plan, id)!.retries + 1);
      }),
      { numRuns: 1_500 },
    );
  });

  test("a recovery leaves nothing for a second one", () => {
    fc.assert(
      fc.property(graphs, stories, (steps, story) => {
        const world = new RunWorld(steps, story);
        for (let turn = 0; turn < 20 && !world.isOver; turn++) world.happen();
        world.crash();
        const { moves, tasks } = world.stage;
        const count = moves.length;
        world.stage.recover();
        expect(moves.length).toBe(count);
        expect(world.stage.tasks).toEqual(tasks.filter((task) => task.do !== "start" && task.do !== "reattach"));
      }),
      { numRuns: 300 },
    );
  });

  test("after a crash nothing is in hand that the gateway does not know of", () => {
    fc.assert(
      fc.property(graphs, stories, (steps, story) => {
        const world = new RunWorld(steps, story);
        for (let turn = 0; turn < story.length && !world.isOver; turn++) world.happen();
        world.crash();
        const underWay = [...world.stage.run.steps.values()].filter((row) => workedOn(world.stage.plan, row.id) && isUnderWay(row.status));
        expect(underWay.map(({ id, epoch }) => [id, epoch]).sort()).toEqual([...world.attempts].sort());
      }),
      { numRuns: 300 },
    );
  });
});

describe("a step in line", () => {
  test("has no end of its own: whenever the gateway dies, it is begun as if it had not been there", () => {
    fc.assert(
      fc.property(graphs, stories, (steps, story) => {
        const world = new RunWorld(steps, story);
        for (let turn = 0; turn < story.length && !world.isOver; turn++) world.happen();
        const before = [...world.inLine].map((id) => world.stage.step(id));
        const isCancelling = world.stage.run.status === "cancelling";
        world.crash();
        for (const { id, attempt } of before) {
          const { status, code, attempt: after } = world.stage.step(id);
          if (isCancelling) expect([status, code]).toEqual(["failed", "cancelled"]);
          else expect([["dispatched", attempt], ["retrying", attempt - 1], ["failed", attempt - 1]]).toContainEqual([status, after]);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("waits as long as it takes: its time begins with its code", () => {
    const stage = new RunStage([{ id: "work", timeoutMs: 10 }]);
    stage.place = () => ({ is: "here", nodeId: "node", inLine: true });
    stage.admit();
    stage.waits("work", "all are at work");
    stage.pass(1_000_000);
    expect([stage.step("work").hold, stage.wanted]).toEqual([{ reason: "all are at work", until: null }, []]);
    stage.placed("work");
    expect([stage.step("work").hold, stage.waits("work", "again")]).toEqual([null, "not_in_line"]);
    stage.started("work");
    stage.pass(9);
    expect(stage.wanted).toEqual([]);
    stage.pass(1);
    expect(stage.wanted).toEqual(["stop work"]);
  });
});

describe("the order of arrival", () => {
  test("results that come in another order bring the run to the same end", () => {
    fc.assert(
      fc.property(graphs, fc.nat(), stories, stories, (steps, fate, one, other) => {
        // Nothing here may hang on the hour.
        const timeless = steps.map((step) => ({ ...step, timeoutMs: 1e12 }));
        expect(endOf(timeless, fate, one)).toEqual(endOf(timeless, fate, other));
      }),
      { numRuns: 300 },
    );
  });

  /** Each attempt ends as its fate has it; `order` says whose end is told next. */
  function endOf(steps: Step[], fate: number, order: readonly number[]): string[] {
    const world = new RunWorld(steps, []);
    const { stage } = world;
    const turns = order.values();
    stage.admit();
    for (let turn = 0; turn < 1_000 && !world.isOver; turn++) {
      const open = [...world.attempts.keys(), ...stage.tasks.filter((task) => task.do === "evaluate" || task.do === "ask").map(({ step }) => step)];
      const id = open[(turns.next().value ?? 0) % open.length];
      if (id === undefined) stage.pass(stage.wakeAt! - stage.now);
      else if (!world.attempts.has(id)) {
        if (stage.tasks.some((task) => task.do === "ask" && task.step === id)) stage.tell({ is: "answered", step: id });
        else stage.evaluated(id, luck(fate, id) % 5 === 0 ? { is: "skipped" } : { is: "ready", items: stage.plan.byId.get(id)!.each ? luck(fate, id) % 4 : null });
      } else {
        world.attempts.delete(id);
        const outcomes: Outcome[] = [{ is: "completed" }, { is: "completed" }, { is: "failed", code: "broken" }, { is: "crashed", code: "killed" }];
        stage.ended(id, outcomes[luck(fate, id + stage.step(id).attempt) % 4]!);
      }
    }
    return [stage.run.status, ...stage.rows.sort()];
  }

  function luck(fate: number, of: string): number {
    let sum = fate;
    for (let i = 0; i < of.length; i++) sum = (Math.imul(sum, 31) + of.charCodeAt(i)) >>> 3;
    return sum;
  }
});

describe("a crash at each boundary", () => {
  const steps: Step[] = [
    { id: "fetch", retries: 3 },
    { id: "send", dependsOn: ["fetch"], each: { parallel: 2 }, retries: 3 },
    { id: "report", dependsOn: ["send"], retries: 3 },
  ];

  /** The story of a retry, a fan-out and a step with phases, told one happening at a time. */
  function tell({ stage, attempts }: RunWorld): boolean {
    const id = [...attempts.keys()][0];
    if (stage.run.status === "queued") return stage.admit() === null;
    if (stage.tasks.some((task) => task.do === "evaluate")) return stage.evaluated("send", { is: "ready", items: 3 }) === null;
    if (id === undefined) return stage.pass(stage.wakeAt! - stage.now) === undefined;
    const row = stage.step(id);
    if (row.status === "dispatched") return stage.started(id) === null;
    if (id === "report" && stage.phase(id, "write", "running") === null) return true;
    if (id === "report" && stage.phase(id, "write", "completed") === null) return true;
    attempts.delete(id);
    return stage.ended(id, id === "fetch" && row.attempt === 1 ? { is: "failed", code: "broken" } : { is: "completed" }) === null;
  }

  test("no finished step is done again, and the run succeeds", () => {
    let boundaries = 0;
    for (let crashAt = 0, isReached = true; isReached; crashAt++) {
      const world = new RunWorld(steps, []);
      let done: string[] = [];
      isReached = false;
      for (let turn = 0; turn < 100 && !world.isOver; turn++) {
        if (turn === crashAt) {
          done = [...world.stage.run.steps.values()].filter(({ status }) => status === "completed").map(({ id }) => id);
          world.begun.clear();
          world.crash();
          isReached = true;
          boundaries++;
        } else expect(tell(world)).toBe(true);
      }
      expect(world.stage.rows.map((row) => row.split(" ")[1])).toEqual(Array(7).fill("completed"));
      expect(world.stage.run.status).toBe("succeeded");
      expect(done.filter((id) => world.begun.has(id))).toEqual([]);
    }
    expect(boundaries).toBeGreaterThan(15);
  });
});

/** What holds of every decision. */
function judge(plan: ReturnType<typeof planOf>, before: RunState, decision: Decision, now = 1_000_000): void {
  expect(isRunOver(before.status) && decision.moves.length > 0).toBe(false);
  expect(stored(before, decision)).toEqual(decision.after);
  const given = { now, random: () => 0, bootId: "any", graceMs: 0, place: () => ({ is: "here" as const, nodeId: "node" }), rowsBeside: () => ({ own: 0, all: 0 }) };
  if (decision.wakeAt !== null) expect(decision.wakeAt).toBeGreaterThan(now);
  if (isRunOver(decision.after.status)) expect([decision.tasks, advance(plan, decision.after, given).moves]).toEqual([[], []]);

  const dispatched = decision.moves.filter((move): move is StepMove => move.of === "step" && move.to === "dispatched" && move.from !== move.to && workedOn(plan, move.id) !== undefined);
  const starts = decision.tasks.flatMap((task) => (task.do === "start" ? [`${task.step} ${task.epoch}`] : []));
  expect(starts).toEqual(dispatched.map(({ id, patch }) => `${id} ${patch.epoch}`));
  if (decision.after.status === "cancelling" || before.cancel) expect(starts).toEqual([]);

  for (const { id, patch } of dispatched) {
    const step = workedOn(plan, id)!;
    expect(patch.attempt).toBeLessThanOrEqual(step.retries + 1);
    expect(patch.epoch).toBe((before.steps.get(id)?.epoch ?? 0) + 1);
    for (const needed of step.dependsOn.map((one) => decision.after.steps.get(one)!)) {
      expect(needed.status === "completed" || needed.reason === "when").toBe(true);
    }
  }
  for (const [id, row] of before.steps) expect(decision.after.steps.get(id)!.epoch).toBeGreaterThanOrEqual(row.epoch);
  for (const step of plan.steps) if (step.each) expect(itemsUnderWay(decision.after, step.id)).toBeLessThanOrEqual(step.each.parallel);
}

function itemsUnderWay({ steps }: RunState, stepId: string): number {
  return [...steps.values()].filter(({ id, status }) => id.startsWith(`${stepId}[`) && !id.includes("/") && isUnderWay(status)).length;
}

/** The rows as a store would have them that takes each move only where `from` holds, and only those the machine knows. */
function stored(before: RunState, { moves }: Decision): RunState {
  let run = before;
  const steps = new Map(before.steps);
  for (const move of moves) {
    if (move.of === "run") {
      expect([run.status, move.event]).toEqual([move.from, runEvent(move.from, move.to)]);
      run = { ...run, ...move.patch, status: move.to };
      continue;
    }
    const row: StepState | undefined = steps.get(move.id);
    if (move.from !== null) expect(row?.status).toBe(move.from);
    else expect(row === undefined || (move.id.includes("/") && row.epoch < move.patch.epoch!)).toBe(true);
    if (move.from !== move.to) {
      expect(move.event).not.toBeNull();
      expect(move.event).toBe(stepEvent(move.from, move.to));
    }
    steps.set(move.id, { ...(move.from === null ? freshStep(move.id) : row!), ...move.patch, status: move.to });
  }
  return { ...run, steps };
}
