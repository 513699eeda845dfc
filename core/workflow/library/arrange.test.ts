import { expect, test, vi } from "vitest";
import type { Definition } from "../reading.ts";
import * as all from "../together.ts";
import { arrange, type Edition, type Shelved } from "./arrange.ts";

vi.mock("../together.ts", { spy: true });

/** What a file holds: a workflow with this id that runs those. */
function edition(id: string, ...runs: string[]): Edition {
  const definition: Definition = { kind: "workflow", nth: 0, id, name: id, steps: runs.length, runs: runs.map((one, n) => ({ path: `steps.${n}.workflow`, id: one })), operates: [], executes: [], problems: [], facts: null };
  return { bundleHash: `${id} ${runs.join()}`, definitions: [definition] };
}

function shelved(name: string, latest: Edition, held: Edition | null = null): Shelved {
  return { file: { path: `/flows/${name}.ts`, folder: "/flows", root: "home", kind: "workflow" }, latest, held };
}

/** How often all files were looked at together. */
function looksAt(files: readonly Shelved[]): { readonly looks: number; readonly live: string[]; readonly said: string[] } {
  vi.mocked(all.lostWorkflows).mockClear();
  const { live, clashes } = arrange(files);
  const looks = vi.mocked(all.lostWorkflows).mock.calls.length;
  return { looks, live: live.map(({ definition }) => definition.id), said: clashes.map(({ file, problem: { message, mend } }) => `${file.path}: ${message} ${mend}`) };
}

test("files of which each runs the next fall together with the one that runs what is not there", () => {
  const files = Array.from({ length: 500 }, (_, n) => shelved(`f${n}`, edition(`w${n}`, n === 0 ? "gone" : `w${n - 1}`)));
  const { looks, live, said } = looksAt([...files, shelved("other", edition("other"))]);
  expect([looks, live, said.length]).toEqual([2, ["other"], 500]);
  expect([said[0], said[499]]).toEqual([expect.stringMatching(/^\/flows\/f0.ts: There is no workflow "gone"\. Write it/), '/flows/f499.ts: There is no workflow "w498". Mend /flows/f498.ts, which has it.']);
});

test("what counted before stays, also of a file that others fall with, and is run by those that count on it", () => {
  const held = (n: number) => edition(`w${n}`, ...(n === 0 ? [] : [`w${n - 1}`]));
  const files = Array.from({ length: 5 }, (_, n) => shelved(`f${n}`, n === 0 ? edition("w0", "gone") : held(n), held(n)));
  expect(looksAt(files)).toMatchObject({ looks: 2, live: ["w1", "w2", "w3", "w4", "w0"], said: [expect.stringContaining('There is no workflow "gone".')] });
});

test("ids that are handed on from file to file are handed back together where the last is refused", () => {
  const files = Array.from({ length: 300 }, (_, n) => shelved(`f${n}`, n === 0 ? edition("new", "gone") : edition(`w${n - 1}`), edition(`w${n}`)));
  const { looks, live, said } = looksAt(files);
  expect([looks, live.length, live[0], live[299], said.length]).toEqual([2, 300, "w0", "w299", 300]);
  expect(said[1]).toMatch(/^\/flows\/f1.ts: \/flows\/f0.ts has the id "w0" too\./);
});

test("a ring of thousands is told in few words", () => {
  const files = Array.from({ length: 5_000 }, (_, n) => shelved(`f${n}`, edition(`w${n}`, `w${(n + 1) % 5_000}`)));
  const { looks, live, said } = looksAt(files);
  expect([looks, live, said.length]).toEqual([2, [], 5_000]);
  expect(said[0]).toBe("/flows/f0.ts: Workflows would run each other for ever: w0 → w1 → w2 → w3 → w4 → w5 → w6 → w7 → w8 → w9 → … → w0. Remove one of these steps.");
});

test("of a ring that a change closes the file is refused that has changed, and what it held goes on", () => {
  const [a, b] = [edition("a", "b"), edition("b")];
  expect(looksAt([shelved("a", a, a), shelved("b", edition("b", "a"), b)])).toMatchObject({ live: ["a", "b"], said: ["/flows/b.ts: Workflows would run each other for ever: b → a → b. Remove one of these steps."] });
});

test("of rings without number, each around the next, all files are refused at once that have changed", () => {
  const old = edition("old");
  const files = Array.from({ length: 2_000 }, (_, n) => shelved(`f${n}`, edition(`w${n}`, `w${n + 1 < 2_000 ? n + 1 : 0}`, ...(n < 1_000 ? [] : [`w${1_999 - n}`])), edition(`w${n}`)));
  const { looks, live, said } = looksAt([...files, shelved("old", old, old)]);
  expect([looks, live.length, said.length]).toEqual([2, 2_001, 2_000]);
  expect(said).toContainEqual(expect.stringMatching(/^\/flows\/f1.ts: Workflows would run each other for ever: w1 → .* → … → w1\./));
});
