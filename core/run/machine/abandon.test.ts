import { expect, it } from "vitest";
import { planOf, stepDefaults } from "./plan.ts";
import { freshRun, freshStep, type RunState } from "./state.ts";
import { abandon } from "./abandon.ts";

const fresh = freshRun(planOf(["a", "b", "c"].map((id) => ({ ...stepDefaults, id }))));

function standing(status: RunState["status"]): RunState {
  const steps = [{ ...freshStep("a"), status: "completed" as const }, { ...freshStep("b"), status: "running" as const, deadlineAt: 9 }, { ...freshStep("b/deep"), status: "running" as const }, freshStep("c")];
  return { ...fresh, status, steps: new Map(steps.map((step) => [step.id, step])) };
}

const rows = ({ steps }: RunState): string[] => [...steps.values()].map(({ id, status, code, deadlineAt }) => [id, status, code, deadlineAt].filter((word) => word !== null).join(" "));

it("fails a run, and all of it that was not done", () => {
  for (const status of ["running", "waiting"] as const) {
    const { after, tasks } = abandon(standing(status), "GONE");
    expect([after.status, after.code, ...rows(after)]).toEqual(["failed", "GONE", "a completed", "b failed GONE", "b/deep failed GONE", "c failed GONE"]);
    expect(tasks).toEqual([]);
  }
  expect(abandon(fresh, "GONE").after).toMatchObject({ status: "failed", code: "GONE" });
});

it("leaves a run cancelled that was being cancelled, and one that is over as it is", () => {
  const { after } = abandon(standing("cancelling"), "GONE");
  expect([after.status, after.code, ...rows(after)]).toEqual(["cancelled", "cancelled", "a completed", "b failed cancelled", "b/deep failed cancelled", "c failed cancelled"]);
  expect(abandon(standing("succeeded"), "GONE").moves).toEqual([]);
});
