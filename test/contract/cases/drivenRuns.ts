import { expect } from "vitest";
import { planOf } from "../../../core/run/machine/plan.ts";
import { freshRun } from "../../../core/run/machine/state.ts";
import { allEvents, T, typesDuring } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";
import { aNewRun, aWorkflow, DrivenStage, lay } from "../wovenFixtures.ts";

const fetchAndPost = [{ id: "fetch", retries: 1 }, { id: "post", dependsOn: ["fetch"] }];

export const drivenRunCases: readonly StoreCase[] = [
  {
    name: "a driven run is stored with its rows, and comes back as the machine left it",
    async run({ store, reopen }) {
      await lay(store, aWorkflow("a"));
      const state = freshRun(planOf(fetchAndPost));
      const run = aNewRun("r1", state, { onceKey: "due:1", concurrencyKey: "k", parent: { runId: "p", step: "s", epoch: 2 } });
      expect(await typesDuring(store, () => store.driven.begin(run))).toEqual(["run.queued"]);
      const { nodeId: _n, at, triggerBy: _b, onceKey: _o, labels: _l, kept: _k, ...rest } = run;
      const reopened = await reopen();
      expect(await reopened.driven.get("r1")).toEqual({ ...rest, queuedAt: at });
      expect(await reopened.driven.get("nobody")).toBeNull();
    },
  },
  {
    name: "moves are stored with their events, and the run ends with its last step",
    async run({ store }) {
      const stage = await DrivenStage.begun(store, fetchAndPost);
      stage.machine.completed("fetch");
      await stage.store({ step: "fetch", result: { rows: 3 } });
      stage.machine.completed("post");
      await stage.store();
      expect(await store.driven.get("r1")).toMatchObject({ state: { status: "succeeded", steps: stage.machine.run.steps } });
      expect((await allEvents(store)).map(({ type, data }) => [type, data["stepId"] ?? data["status"]].filter(Boolean).join(" "))).toEqual([
        "strand.added",
        "run.queued queued", "run.started running", "step.dispatched fetch", "step.started fetch", "step.completed fetch",
        "step.dispatched post", "step.started post", "step.completed post", "run.finished succeeded",
      ]);
      const { run, steps } = (await store.runs.get("r1"))!;
      expect(run).toMatchObject({ status: "succeeded", red: false, queuedAt: T, startedAt: T + 1_000, finishedAt: T + 1_000, version: 1, parent: null });
      expect(steps).toMatchObject([{ stepId: "fetch", label: "FETCH", status: "completed", result: { rows: 3 } }, { stepId: "post", status: "completed", result: null }]);
    },
  },
];
