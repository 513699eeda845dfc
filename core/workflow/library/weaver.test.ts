import { expect, it } from "vitest";
import { systemClock } from "../../clock/system.ts";
import type { WeaveStore } from "../../store/contract.ts";
import { quietLog } from "../../testing/quietLog.ts";
import { workflowFacts } from "../extract.ts";
import type { Live } from "./arrange.ts";
import { Weaver } from "./weaver.ts";

async function liveOf(id: string, name = id): Promise<Live> {
  const facts = await workflowFacts({ id, name, steps: [{ id: "one", label: "ONE", run: () => 1 }] }, "UTC");
  return { definition: { kind: "workflow", nth: 0, id, name, steps: 1, runs: [], operates: [], executes: [], problems: [], facts }, bundleHash: "h", file: { path: `${id}.ts`, root: "home", folder: "", kind: null } };
}

it("lays down what it can, beside one that cannot even be compared", async () => {
  const laid: string[] = [];
  const lay: WeaveStore["lay"] = async ({ facts }) => (laid.push(facts.name), { outcome: "ok", version: laid.length });
  const weaver = new Weaver({ weave: { lay, remove: async () => ({ outcome: "ok" }) }, strands: { all: async () => [] }, nodeId: "n", clock: systemClock, log: quietLog, stop: new AbortController().signal });
  const bad = await liveOf("bad");
  const unlike = { ...bad, definition: { ...bad.definition, get facts(): never { throw new RangeError("Maximum call stack size exceeded"); } } };
  const bundleOf = async () => ({ hash: "h", code: "", map: null, entry: "" });
  await weaver.weave([bad, await liveOf("good")], bundleOf, () => true);
  expect(await weaver.weave([unlike, await liveOf("good", "better")], bundleOf, () => true)).toEqual(["good"]);
  expect(laid).toEqual(["bad", "good", "better"]);
});
