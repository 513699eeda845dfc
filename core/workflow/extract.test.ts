import { expect, test } from "vitest";
import * as z from "zod";
import type { StandardSchema } from "../plugin/standardSchema.ts";
import type { WorkflowSpec } from "./contract.ts";
import { operationFacts, tooMuch, workflowFacts } from "./extract.ts";

const run = (): number => 1;
const spec = (more: Partial<WorkflowSpec> = {}): WorkflowSpec => ({ id: "a", name: "A", steps: [{ id: "one", label: "ONE", run }], ...more });
const facts = (more: Partial<WorkflowSpec> = {}) => workflowFacts(spec(more), "Europe/Berlin");
const input = async (schema: StandardSchema) => (await facts({ input: schema })).input;

test("what an author leaves out is filled in", async () => {
  expect(await facts()).toEqual({
    id: "a",
    name: "A",
    description: null,
    schedule: { kind: "manual" },
    triggers: [],
    enabled: true,
    input: null,
    requires: [],
    defaultHost: null,
    overlap: { onOverlap: "skip", limit: 1, limitPerKey: null, maxQueued: 100 },
    keyed: false,
    misfire: { kind: "skip" },
    steps: [
      {
        id: "one", label: "ONE", does: { kind: "run", afterCrash: "retry" }, dependsOn: [], evaluates: false, each: null, requires: [], hostHint: null,
        timeoutMs: 300_000, retries: 0, backoff: { initialMs: 1_000, factor: 2, maxMs: 300_000, jitter: 0.2 },
      },
    ],
  });
});

test("what an author writes is taken over", async () => {
  const written = await facts({
    description: "Words",
    schedule: { cron: "0 2 * * *", zone: "Asia/Tokyo" },
    triggers: [{ after: "b", on: "failed" }],
    enabled: false,
    requires: ["has-gpu"],
    defaultHost: "big",
    concurrency: { runs: 4 },
    overlap: "queue",
    misfire: { all: 10 },
    steps: [
      { id: "one", label: "ONE", run, afterCrash: "fail", retries: 2, backoff: { maxMs: 5_000 }, timeoutMs: 1_000 },
      { id: "two", label: "TWO", dependsOn: ["one"], each: () => [1], operationId: "text.upper", requires: ["x"], hostHint: "small" },
      { id: "three", label: "THREE", executor: "shell", input: { command: "ls" } },
      { id: "four", label: "FOUR", workflow: "b", when: () => true, each: () => [], parallel: 2 },
    ],
  });
  expect(written).toMatchObject({
    description: "Words", schedule: { kind: "cron", expression: "0 2 * * *", zone: "Asia/Tokyo" }, triggers: [{ after: "b", on: "failed" }], enabled: false, requires: ["has-gpu"], defaultHost: "big",
    overlap: { onOverlap: "queue", limit: 4, limitPerKey: null }, misfire: { kind: "all", most: 10 },
  });
  expect(written.steps).toMatchObject([
    { does: { kind: "run", afterCrash: "fail" }, retries: 2, backoff: { initialMs: 1_000, maxMs: 5_000 }, timeoutMs: 1_000 },
    { does: { kind: "operation", operationId: "text.upper" }, dependsOn: ["one"], evaluates: true, each: { parallel: 8 }, requires: ["x"], hostHint: "small" },
    { does: { kind: "executor", executor: "shell" }, evaluates: true },
    { does: { kind: "workflow", workflow: "b" }, evaluates: true, each: { parallel: 2 } },
  ]);
});

test("a schedule without a zone is in the host's", async () => {
  expect((await facts({ schedule: "0 2 * * *" })).schedule).toEqual({ kind: "cron", expression: "0 2 * * *", zone: "Europe/Berlin", zoneIsHost: true });
});

test("runs that are counted by a key have no other limit than the author's", async () => {
  const key = (): string => "k";
  expect(await facts({ concurrency: { key } })).toMatchObject({ keyed: true, overlap: { limit: null, limitPerKey: 1 } });
  expect(await facts({ concurrency: { key, runs: 5, runsPerKey: 2 } })).toMatchObject({ keyed: true, overlap: { limit: 5, limitPerKey: 2 } });
});

test("an input tells its JSON Schema and what it makes of nothing", async () => {
  const cities = z.object({ cities: z.array(z.string()).default(["Oslo"]) });
  expect(await input(cities)).toEqual({
    schema: { $schema: "https://json-schema.org/draft/2020-12/schema", type: "object", properties: { cities: { default: ["Oslo"], type: "array", items: { type: "string" } } } },
    default: { cities: ["Oslo"] },
  });
  expect(await input(z.string().default("word"))).toMatchObject({ default: "word" });
  expect(await input(z.object({ city: z.string() }))).not.toHaveProperty("default");
});

test("a default that is made anew each time is not kept, and what is the same each time is", async () => {
  const today = (): string => (Reflect.construct(Date, []) as Date).toISOString().slice(0, 10);
  const varying = await input(z.object({ day: z.string().default(today), id: z.string().default(() => crypto.randomUUID()), city: z.string().default("Oslo") }));
  expect(varying).toMatchObject({ default: { city: "Oslo" }, varies: true, schema: { properties: { day: { type: "string" }, city: { default: "Oslo" } } } });
  expect([varying!.default, Object.keys(varying!.schema!["properties"]!), JSON.stringify(varying!.schema).split("default").length - 1]).toEqual([{ city: "Oslo" }, ["day", "id", "city"], 1]);
  expect(await input(z.string().default(today))).toMatchObject({ default: null, varies: true });
});

test("a library that tells no JSON Schema, or cannot say this one in it, checks by code alone", async () => {
  const plain: StandardSchema = { "~standard": { version: 1, vendor: "own", validate: async (value) => (value === undefined ? { value: 5 } : { issues: [] }) } };
  expect(await input(plain)).toEqual({ schema: null, default: 5 });
  expect(await input(z.object({ at: z.date() }))).toEqual({ schema: null });
});

test("an operation is data too", async () => {
  expect(await operationFacts({ id: "text.upper", label: "UPPER", input: z.object({ text: z.string() }), afterCrash: "fail", run })).toMatchObject({ id: "text.upper", description: null, input: { schema: { required: ["text"] } }, afterCrash: "fail" });
});

test("a default or a schema that is too much for an input is not kept, and each run asks for the default", async () => {
  const nested = (levels: number): unknown => JSON.parse("[".repeat(levels) + "]".repeat(levels));
  const schema = (value: unknown, told: unknown): StandardSchema =>
    ({ "~standard": { version: 1, vendor: "t", validate: () => ({ value }), jsonSchema: { input: () => told } } }) as StandardSchema;
  expect(await input(schema(nested(100), { default: nested(99) }))).toEqual({ default: nested(100), schema: { default: nested(99) } });
  expect(await input(schema(nested(101), { default: nested(100) }))).toEqual({ default: null, varies: true, schema: null });
  expect(await input(schema("x".repeat(2 ** 20), { default: "x".repeat(2 ** 20) }))).toEqual({ default: null, varies: true, schema: null });
});

test("what a workflow says of itself besides its input has an end", async () => {
  const steps = (count: number) => Array.from({ length: count }, (_, n) => ({ id: `step-${n}`, label: "STEP", run, dependsOn: Array.from({ length: n }, (_, before) => `step-${before}`) }));
  expect(tooMuch(await facts({ steps: steps(200) }))).toEqual([]);
  expect(tooMuch(await facts({ steps: steps(400) }))).toEqual([{ path: "steps", message: expect.stringMatching(/^Its steps and what they depend on and require are \d{6} bytes of JSON\.$/), mend: expect.stringContaining("524288") }]);
});
