import { expect, it } from "vitest";
import type { ObservedRun } from "./contract.ts";
import { weightOf, withEnds } from "./outputs.ts";

const run = (output?: string, more: object = {}): ObservedRun => ({ key: "1", trigger: "schedule", status: "succeeded", startedAt: 1, finishedAt: 2, steps: [{ id: "exec", status: "completed", ...(output !== undefined && { output }), ...more }] });

it("leaves a run alone whose outputs are short, or that has none", () => {
  for (const short of [run(), run(""), run("x".repeat(100))]) expect(withEnds(short, 100)).toBe(short);
});

it("keeps the end of a long output, and how long all of it was", () => {
  expect(withEnds(run(`${"é".repeat(200)}end`), 100).steps[0]).toMatchObject({ output: `${"é".repeat(97)}end`, outputBytes: 403 });
  expect(withEnds(run("x".repeat(200), { outputBytes: 5_000 }), 100).steps[0]).toMatchObject({ output: "x".repeat(100), outputBytes: 5_000 });
  expect(withEnds(run("xy"), 0).steps[0]).toMatchObject({ output: "", outputBytes: 2 });
});

it("counts what a run says as it is handed over, control characters and all", () => {
  const plain = weightOf(run("x".repeat(1_000)));
  expect(weightOf(run("\u0001".repeat(1_000)))).toBe(plain + 5_000);
  expect(weightOf({ ...run("x".repeat(1_000)), error: "\n".repeat(100) })).toBe(plain + 200 + ',"error":""'.length);
});
