import { expect, it } from "vitest";
import type { StrandRecord } from "../../store/contract.ts";
import { stepViews } from "./step.ts";

const record = (over: object): StrandRecord => ({ woven: { facts: { steps: [{ id: "post", dependsOn: ["list"] }] } }, steps: [{ id: "list", label: "LIST" }, { id: "post", label: "POST" }], stepStates: [], ...over }) as never;
const state = (id: string, status: string) => ({ id, status, reason: null });

it("sums a step's list up, and tells its phases but not those of its items", () => {
  const stepStates = [state("list", "completed"), state("list/read", "completed"), state("list/sort", "running"), state("post", "running"), state("post[0]", "completed"), state("post[0]/upload", "completed"), state("post[1]", "failed"), state("post[2]", "skipped"), state("post[3]", "pending")];
  const [list, post] = stepViews(record({ stepStates }));
  expect(list).toEqual({ id: "list", label: "LIST", operationId: null, dependsOn: [], shares: [], status: "completed", reason: null, phases: [{ name: "read", status: "completed" }, { name: "sort", status: "running" }] });
  expect(post).toMatchObject({ dependsOn: ["list"], status: "running", items: { all: 4, done: 2, failed: 1 } });
  expect(post).not.toHaveProperty("phases");
});

it("counts no list of which not every row is known, and none of what no workflow made", () => {
  const many = Array.from({ length: 200 }, (_, i) => state(`post[${i}]`, "pending"));
  expect(stepViews(record({ stepStates: many }))[1]).not.toHaveProperty("items");
  expect(stepViews(record({ woven: null, stepStates: [state("post[1]", "running")] }))[1]).not.toHaveProperty("items");
});
