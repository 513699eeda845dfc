import fc from "fast-check";
import { expect, test } from "vitest";
import { ringsIn } from "./graph.ts";
import { validateOperation, validateWorkflow } from "./validate.ts";

const run = (): number => 1;
const step = (more: object = {}) => ({ id: "one", label: "ONE", run, ...more });
const workflow = (more: object = {}) => ({ id: "nightly-report", name: "Nightly report", steps: [step()], ...more });
const withSteps = (...steps: unknown[]) => validateWorkflow(workflow({ steps }));
/** `path: message mend`, as a person reads it. */
const said = (problems: ReturnType<typeof validateWorkflow>): string[] => problems.map(({ path, message, mend }) => `${path}: ${message} ${mend}`);

test("a workflow that uses everything is right", () => {
  const full = workflow({
    description: "All of it",
    schedule: { cron: "30 0 2 * * *", zone: "Europe/Berlin" },
    triggers: [{ after: "openclaw-cron:01h:job-1", on: "failed" }, { webhook: "hmac", secret: "GITHUB_SECRET" }],
    enabled: false,
    input: { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } },
    requires: ["has-gpu"],
    defaultHost: "ann-laptop",
    concurrency: { runs: 4, key: String, runsPerKey: 1 },
    overlap: "cancel_old",
    misfire: { all: 3 },
    steps: [
      step({ each: () => [1], parallel: 3, retries: 3, backoff: { initialMs: 100, factor: 2, maxMs: 1000, jitter: 0 }, timeoutMs: 60_000, requires: ["disk"], hostHint: "pi", afterCrash: "fail" }),
      { id: "two", label: "TWO", dependsOn: ["one"], when: () => true, operationId: "http.request", input: { url: "https://example.com" } },
      { id: "three", label: "THREE", executor: "shell", input: () => ({}) },
      { id: "four", label: "FOUR", workflow: "other", description: undefined },
    ],
  });
  expect(said(validateWorkflow({ ...full, steps: full.steps.map(({ ...one }: Record<string, unknown>) => { delete one.description; return one; }) }))).toEqual([]);
  expect(validateWorkflow(workflow())).toEqual([]);
});

test("all problems are named at once, each with its path and how to mend it", () => {
  expect(said(validateWorkflow({ id: "Nightly", name: " ", enabled: "yes", color: "red", steps: [{ id: "one", retires: 3, retries: -1, run }] }))).toEqual([
    'color: There is no "color" here. Remove it; there are id, name, description, schedule, triggers, enabled, input, requires, defaultHost, concurrency, overlap, misfire, steps.',
    'id: "id" cannot be "Nightly". Use small letters, digits and hyphens, beginning with a letter or digit: nightly-report.',
    'name: "name" cannot be " ". Give text of 1 to 100 characters.',
    'enabled: "enabled" cannot be "yes". Give true or false.',
    'steps.0.retires: There is no "retires" here. Did you mean "retries"?',
    'steps.0.label: "label" is missing. Give text of 1 to 40 characters.',
    'steps.0.retries: "retries" cannot be -1. Give a whole number from 0 to 100.',
  ]);
});

test.each([
  ["five words", "a b c d e", /^schedule: This cron expression cannot be read/],
  ["four fields", { cron: "0 2 * *" }, /^schedule\.cron: .*it has 4 fields/],
  ["an unknown zone", { cron: "0 2 * * *", zone: "Europe/Berln" }, /^schedule\.zone: "Europe\/Berln" is not a known time zone\. Did you mean "Europe\/Berlin"\?/],
  ["two times", { cron: "0 2 * * *", every: "1h" }, /^schedule: "schedule" has cron and every; it is one of them\./],
  ["no time", {}, /^schedule: "schedule" tells no time\./],
  ["a zone beside an interval", { every: "1h", zone: "UTC" }, /^schedule\.zone: There is no "zone" here\./],
  ["an interval without a unit", { every: "15" }, /^schedule\.every: "every" cannot be "15"\. Give milliseconds, or a number with/],
  ["an interval below a second", { every: 10 }, /^schedule\.every: "every" cannot be 10\./],
  ["a time without an offset", { at: "2027-01-01T09:00" }, /^schedule\.at: "at" cannot be "2027-01-01T09:00"\. Give date, time, and Z or an offset/],
  ["a day that is not there", { at: "2027-13-01T09:00:00Z" }, /^schedule\.at: /],
  ["a number", 5, /^schedule: "schedule" tells no time/],
])("a schedule of %s is told", (_what, schedule, problem) => {
  expect(said(validateWorkflow(workflow({ schedule })))).toEqual([expect.stringMatching(problem)]);
});

test.each(["@daily", "0 2 * * *", "*/30 * * * * *", { every: 90_000 }, { every: "1.5h" }, { at: "2027-01-01T09:00:00+01:00" }])("a schedule of %j is right", (schedule) => {
  expect(said(validateWorkflow(workflow({ schedule })))).toEqual([]);
});

test("a step has to do one thing", () => {
  expect(said(withSteps({ id: "none", label: "NONE" }, step({ operationId: "a.b" }), { id: "fn", label: "FN", executor: "fn" }))).toEqual([
    'steps.2.executor: "executor" cannot be "fn". Give the function as run: async (ctx) => ….',
    'steps.0: Step "none" does nothing. Give it run, operationId, executor or workflow.',
    'steps.1.operationId: Step "one" has run and operationId; it can do one thing. Keep one of them; make another step for the other.',
  ]);
});

test("what a step depends on has to be there, once, and without a ring", () => {
  expect(said(withSteps(step({ id: "fetch" }), step({ id: "post", dependsOn: ["fetc", "fetch", "fetch"] }), step({ id: "fetch" })))).toEqual([
    'steps.1.dependsOn.2: "fetch" stands twice in "dependsOn". Remove one of them.',
    'steps.2.id: Another step has the id "fetch" already. Rename one of them.',
    'steps.1.dependsOn.0: Step "post" depends on "fetc", which is no step of this workflow. Did you mean "fetch"?',
  ]);
  expect(said(withSteps(step({ id: "a", dependsOn: ["c"] }), step({ id: "b", dependsOn: ["a"] }), step({ id: "c", dependsOn: ["b"] }), step({ id: "self", dependsOn: ["self"] })))).toEqual([
    "steps.0.dependsOn.0: Steps wait for each other: a → c → b → a. Remove one of these dependencies.",
    'steps.3.dependsOn.0: Step "self" depends on itself. Remove one of these dependencies.',
  ]);
});

test("lists have an end", () => {
  const tags = Array.from({ length: 101 }, (_, n) => `tag-${n}`);
  const triggers = tags.map((after) => ({ after }));
  expect(said(validateWorkflow(workflow({ requires: tags, triggers, steps: [step({ requires: tags })] })))).toEqual([
    'triggers: 101 in "triggers" are too many. Have at most 100.',
    'requires: 101 in "requires" are too many. Have at most 100.',
    'steps.0.requires: 101 in "requires" are too many. Have at most 100.',
  ]);
});

test("fields that mean nothing beside, or without, another are told", () => {
  expect(withSteps(step({ input: {}, parallel: 2, backoff: {} }), { id: "two", label: "TWO", executor: "shell", afterCrash: "retry" }).map(({ path }) => path)).toEqual([
    "steps.0.input",
    "steps.0.parallel",
    "steps.0.backoff",
    "steps.1.afterCrash",
  ]);
  expect(said(withSteps(step({ retries: 1, backoff: { initialMs: 400_000 } })))).toEqual(["steps.0.backoff.initialMs: The first wait, 400000 ms, is longer than the longest, 300000 ms. Raise maxMs, or lower initialMs."]);
  expect(said(validateWorkflow(workflow({ concurrency: { runsPerKey: 2 } })))).toEqual(['concurrency.runsPerKey: "runsPerKey" counts nothing without a key. Add key: (input) => …, or use runs.']);
});

test("triggers are checked, and a workflow cannot start itself", () => {
  const triggers = [{ after: "other", on: "success" }, { webhook: "hmac" }, { webhook: "token", secret: "no name" }, {}, { after: "nightly-report" }];
  expect(said(validateWorkflow(workflow({ triggers, steps: [{ id: "again", label: "AGAIN", workflow: "nightly-report" }] })))).toEqual([
    'triggers.0.on: "on" cannot be "success". Use "succeeded" or "failed" or "ended".',
    'triggers.1.secret: "secret" is missing. Name the environment variable that holds the secret: GITHUB_SECRET.',
    'triggers.2.secret: "secret" cannot be "no name". Name the environment variable that holds the secret: GITHUB_SECRET.',
    'triggers.3: An item of "triggers" cannot be an object. Write { after: "another-strand" } or { webhook: "hmac", secret: "NAME_OF_A_VARIABLE" }.',
    'triggers.4.after: "nightly-report" would start itself for ever. Name another one.',
    'steps.0.workflow: "nightly-report" would start itself for ever. Name another one.',
  ]);
});

test.each([
  [{ misfire: "twice" }, "misfire"],
  [{ misfire: { all: 0 } }, "misfire.all"],
  [{ overlap: "cancel" }, "overlap"],
  [{ input: { parse: run } }, "input"],
  [{ requires: ["has gpu"] }, "requires.0"],
  [{ concurrency: 2 }, "concurrency"],
  [{ steps: [] }, "steps"],
  [{ steps: {} }, "steps"],
  [{ steps: [step({ id: "constructor" })] }, "steps.0.id"],
  [{ steps: [step({ timeoutMs: 0 })] }, "steps.0.timeoutMs"],
  [{ steps: [step({ when: true })] }, "steps.0.when"],
  [{ steps: [step({ retries: 1, backoff: { jitter: 2 } })] }, "steps.0.backoff.jitter"],
])("%j is refused", (more, path) => {
  expect(validateWorkflow(workflow(more)).map((problem) => problem.path)).toEqual([path]);
});

test("an operation is checked the same way", () => {
  expect(validateOperation({ id: "http.request", label: "HTTP", run })).toEqual([]);
  expect(validateOperation({ id: "http", label: "HTTP", fn: run }).map(({ path }) => path)).toEqual(["fn", "id", "run"]);
});

test("whatever is given, every problem has a path of it, a message and a mend", () => {
  const value = fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true });
  const keys = ["id", "name", "steps", "schedule", "triggers", "misfire", "concurrency", "input", "requires"];
  const near = fc.dictionary(fc.constantFrom(...keys), fc.oneof(value, fc.array(fc.dictionary(fc.constantFrom("id", "dependsOn", "run", "each", "backoff"), value))));
  fc.assert(
    fc.property(fc.oneof(value, near), (anything) => {
      for (const problem of [...validateWorkflow(anything), ...validateOperation(anything)]) expect(problem).toEqual({ path: expect.any(String), message: expect.stringMatching(/./), mend: expect.stringMatching(/./) });
    }),
  );
});

test("of rings without number so many are told that they can be held", () => {
  const many = Array.from({ length: 2_000 }, (_, node) => [String(node), [String(node + 1), ...Array.from({ length: 100 }, (_, back) => String(Math.floor((node * back) / 100)))]] as const);
  const rings = ringsIn(new Map(many));
  expect(rings.length).toBeGreaterThan(10);
  expect(rings.flat().length).toBeLessThan(300_000);
});

test("rings are found in a graph of any shape, and none where there is an order", () => {
  const graphs = fc.integer({ min: 1, max: 12 }).chain((size) => fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 30 }).map((edges) => ({ size, edges })));
  fc.assert(
    fc.property(graphs, ({ size, edges }) => {
      const graph = (kept: readonly (readonly [number, number])[]) => new Map(Array.from({ length: size }, (_, node) => [String(node), kept.filter(([from]) => from === node).map(([, to]) => String(to))]));
      expect(ringsIn(graph(edges.filter(([from, to]) => from > to)))).toEqual([]);
      for (const ring of ringsIn(graph(edges))) {
        expect(ring[0]).toBe(ring.at(-1));
        for (const [i, node] of ring.slice(1).entries()) expect(graph(edges).get(ring[i]!)).toContain(node);
      }
      expect(ringsIn(graph([...edges, [0, 0]])).length).toBeGreaterThan(0);
    }),
  );
});
