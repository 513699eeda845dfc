import { expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { group, placeKey, sortStrands } from "./order.js";
// @ts-ignore the page's modules are plain JavaScript
import { readStrand } from "./shape.js";

const strand = (id: string, more: object = {}) => readStrand({ id, name: id, source: { plugin: "p", instance: "i", label: "OpenClaw" }, node: { id: "n1", name: "oracle" }, trigger: { kind: "cron", text: "every 5 minutes" }, freshness: "fresh", ...more });

it("sorts by node, source and name, numbers as numbers, the scheduler's own jobs last", () => {
  const strands = [strand("job 10"), strand("job 9"), strand("beat", { system: true }), strand("a", { node: { id: "n2", name: "zeus" } }), strand("z", { source: { plugin: "c", instance: "c", label: "crontab" } })];
  expect(sortStrands(strands)).toEqual(["z", "job 9", "job 10", "beat", "a"]);
});

it("does not move a strand for what does not decide its place", () => {
  expect(placeKey(strand("a", { status: "failed", redRuns: 3 }))).toBe(placeKey(strand("a")));
  expect(placeKey(strand("a", { name: "b" }))).not.toBe(placeKey(strand("a")));
});

it("gathers strands under node and source, and keeps sources that have none", () => {
  const groups = group([strand("a"), strand("b")], [{ id: "c:1", label: "crontab", node: { id: "n1", name: "oracle" } }]);
  expect(groups).toHaveLength(1);
  expect(groups[0].beams.map((beam: { label: string; ids: string[] }) => [beam.label, beam.ids])).toEqual([["OpenClaw", ["a", "b"]], ["crontab", []]]);
});
