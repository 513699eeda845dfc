import { expect, test, vi } from "vitest";
import { nearest } from "../nearest.ts";
import type { Definition } from "./reading.ts";
import type { SourceFile } from "./sources.ts";
import { lostWorkflows, type Defined } from "./together.ts";

vi.mock("../nearest.ts", { spy: true });

/** A workflow in a file of its own that runs these. */
function running(id: string, ...ids: string[]): Defined {
  const file: SourceFile = { path: `/home/${id}.ts`, folder: "/home", root: "home", kind: "workflow" };
  const definition: Definition = { kind: "workflow", nth: 0, id, name: id, steps: ids.length, runs: ids.map((one, n) => ({ path: `steps.${n}.workflow`, id: one })), operates: [], executes: [], problems: [], facts: null };
  return { file, definition };
}

test("a workflow that is not there is told where it is named, with what was probably meant", () => {
  const lost = lostWorkflows([running("publish-part"), running("a", "publish-prat", "nothing-like-it"), running("b", "a", "bb")], () => true);
  expect(lost.map(({ definition, problem: { path, message, mend } }) => [definition.id, path, message, mend])).toEqual([
    ["a", "steps.0.workflow", 'There is no workflow "publish-prat".', 'Did you mean "publish-part"?'],
    ["a", "steps.1.workflow", 'There is no workflow "nothing-like-it".', "Write it, or name one of publish-part, b."],
    ["b", "steps.1.workflow", 'There is no workflow "bb".', "Write it, or name one of publish-part, a."],
  ]);
});

test("of many that are not there some are told, and it is not guessed for all of them what was meant", () => {
  const all = Array.from({ length: 100 }, (_, n) => running(`w${n}`, ...Array.from({ length: 50 }, (_, i) => `gone-${n}-${i}`)));
  vi.mocked(nearest).mockClear();
  const lost = lostWorkflows(all, () => true);
  expect([lost.length, vi.mocked(nearest).mock.calls.length]).toEqual([2_000, 0]);
  expect(lost.at(-1)!.problem.mend).toMatch(/^Write it, or name one of w0, .*, …\.$/);
  expect(lost.map(({ problem }) => problem.mend)).toHaveLength(2_000);
  expect(nearest).toHaveBeenCalledTimes(100);
});
