import { expect, test } from "vitest";
import * as z from "zod";
import type { StandardSchema } from "../plugin/standardSchema.ts";
import type { WorkflowSpec } from "./contract.ts";
import { workflowFacts } from "./extract.ts";
import { firingProblems } from "./firing.ts";

const MEND = "Give it a default, as by .default(…), or make it optional: only people and requests bring an input of their own.";
const run = z.object({ strandId: z.string(), runId: z.uuid(), status: z.enum(["succeeded", "failed", "cancelled"]) });

/** `path: message` of each. */
async function said(spec: Partial<WorkflowSpec>): Promise<string[]> {
  const whole = { id: "a", name: "A", steps: [{ id: "one", label: "ONE", run: () => 1 }], ...spec } satisfies WorkflowSpec;
  const problems = await firingProblems(whole, await workflowFacts(whole, "UTC"));
  expect(problems.map(({ mend }) => mend)).toEqual(problems.map(() => MEND));
  return problems.map(({ path, message }) => `${path}: ${message}`);
}

test.each([
  ["cron", { schedule: "0 2 * * *" }],
  ["an interval", { schedule: { every: "15m" } }],
  ["one time", { schedule: { at: "2040-01-01T00:00:00Z" } }],
] as const)("what has to be given cannot be left to %s", async (_, when) => {
  const input = z.object({ days: z.int(), city: z.string().default("Oslo"), tag: z.string().optional(), key: z.string() });
  expect(await said({ ...when, input })).toEqual([
    'input.days: "days" has to be given, but the schedule starts runs without an input.',
    'input.key: "key" has to be given, but the schedule starts runs without an input.',
  ]);
  expect(await said({ ...when, input: z.object({ city: z.string().default("Oslo"), tag: z.string().optional() }) })).toEqual([]);
  expect(await said({ ...when, input: z.string() })).toEqual([expect.stringMatching(/^input: It is refused that the schedule starts runs without an input: /)]);
  expect(await said({ ...when, input: z.string().default("x") })).toEqual([]);
});

test("people and requests may be asked for anything", async () => {
  expect(await said({ input: z.object({ days: z.int() }), triggers: [{ webhook: "token", secret: "TOKEN" }] })).toEqual([]);
});

test("what follows another run is given that, where it takes it, and nothing else", async () => {
  const triggers = [{ after: "b" }, { after: "c", on: "failed" }] as const;
  expect(await said({ triggers, input: z.object({ after: run }) })).toEqual([]);
  expect(await said({ triggers, input: z.object({ after: run, days: z.int() }) })).toEqual(['input.days: "days" has to be given, but the trigger starts runs with { after } alone.']);
  expect(await said({ triggers, schedule: "@daily", input: z.object({ after: run }) })).toEqual(['input.after: "after" has to be given, but the schedule starts runs without an input.']);
  expect(await said({ triggers, input: z.object({ days: z.int() }) })).toEqual(['input.days: "days" has to be given, but the trigger starts runs without an input.']);
});

test("the schema is asked itself, and may take its time", async () => {
  const promised = (issues?: readonly { message: string; path?: readonly { key: string }[] }[]): StandardSchema => ({
    "~standard": { version: 1, vendor: "mine", validate: async (value) => (issues ? { issues } : { value: value ?? "none" }) },
  });
  expect(await said({ schedule: "@daily", input: promised() })).toEqual([]);
  expect(await said({ schedule: "@daily", input: promised([{ message: "no", path: [{ key: "city" }] }]) })).toEqual(['input.city: "city" has to be given, but the schedule starts runs without an input.']);
  expect(await said({ schedule: "@daily", input: promised([{ message: "not on Sundays" }]) })).toEqual(["input: It is refused that the schedule starts runs without an input: not on Sundays"]);
});
