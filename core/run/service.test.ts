import { expect, it } from "vitest";
import { RunHome } from "../../test/support/runHome.ts";

it("runs two steps to the end, and gives the second what the first one gave", async () => {
  await using home = await RunHome.open();
  await home.weave(`{ id: "w", name: "W", steps: [
    { id: "one", label: "ONE", run: () => ({ ok: true, data: [1, 2] }) },
    { id: "two", label: "TWO", dependsOn: ["one"], run: ({ results, input }) => results.one.concat(input.more) },
  ] }`);
  const ended = await home.run("w", { more: [3] });
  expect(ended).toMatchObject({ status: "succeeded", rows: ["one completed", "two completed"], results: { one: [1, 2], two: [1, 2, 3] } });
  expect(home.told(ended.id)).toEqual(["run.queued", "run.started", "step.dispatched one", "step.started one", "step.completed one", "step.dispatched two", "step.started two", "step.completed two", "run.finished"]);
});
