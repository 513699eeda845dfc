import { expect, expectTypeOf, test } from "vitest";
import * as z from "zod";
import { defineOperation, defineWorkflow } from "./define.ts";

declare function pull(signal: AbortSignal): Promise<{ rows: number[] }>;

test("what is defined is the author's own object, frozen", () => {
  const spec = { id: "a", name: "A", steps: [{ id: "one", label: "ONE", run: () => 1 }] } as const;
  expect(defineWorkflow(spec)).toBe(spec);
  expect(Object.isFrozen(spec)).toBe(true);
});

test("a step sees the results of those that it depends on, by type", () => {
  defineWorkflow({
    id: "typed",
    name: "Typed",
    steps: [
      { id: "fetch", label: "FETCH", retries: 3, timeoutMs: 60_000, run: async (ctx) => ({ ok: true, data: await pull(ctx.signal) }) },
      { id: "count", label: "COUNT", run: () => 5 },
      {
        id: "post",
        label: "POST",
        dependsOn: ["fetch", "count"],
        run: async ({ results }) => {
          expectTypeOf(results).toEqualTypeOf<{ readonly fetch: { rows: number[] }; readonly count: number }>();
          return String(results.count);
        },
      },
      {
        id: "tell",
        label: "TELL",
        dependsOn: ["post"],
        operationId: "notify.webhook",
        input: ({ results }) => {
          expectTypeOf(results).toEqualTypeOf<{ readonly post: string }>();
          return { body: results.post };
        },
      },
      { id: "end", label: "END", dependsOn: ["tell"], run: ({ results }) => expectTypeOf(results.tell).toBeUnknown() },
    ],
  });
});

test("a step that may fail by its answer gives the data of its success", () => {
  defineWorkflow({
    id: "either",
    name: "Either",
    steps: [
      { id: "try", label: "TRY", run: (ctx) => (ctx.attempt > 1 ? ({ ok: true, data: 7 } as const) : ({ ok: false, error: "not yet" } as const)) },
      { id: "use", label: "USE", dependsOn: ["try"], run: ({ results }) => expectTypeOf(results.try).toEqualTypeOf<7>() },
    ],
  });
});

test("a fan-out gives a list, a condition what may be missing", () => {
  defineWorkflow({
    id: "many",
    name: "Many",
    input: z.object({ cities: z.array(z.string()) }),
    concurrency: { key: (input) => input.cities.join() },
    steps: [
      {
        id: "weather",
        label: "WEATHER",
        each: ({ input }) => input.cities,
        parallel: 2,
        run: async ({ item, index, input }) => {
          expectTypeOf(item).toEqualTypeOf<string>();
          expectTypeOf(input.cities).toEqualTypeOf<string[]>();
          return index;
        },
      },
      {
        id: "alert",
        label: "ALERT",
        dependsOn: ["weather"],
        when: ({ results }) => {
          expectTypeOf(results.weather).toEqualTypeOf<readonly number[]>();
          return results.weather.length > 1;
        },
        run: () => "told",
      },
      { id: "end", label: "END", dependsOn: ["alert"], run: ({ results }) => expectTypeOf(results.alert).toEqualTypeOf<string | undefined>() },
    ],
  });
});

test("what is certainly wrong does not compile", () => {
  defineWorkflow({
    id: "wrong",
    name: "Wrong",
    steps: [
      // @ts-expect-error -- nothing to do
      { id: "nothing", label: "NOTHING" },
    ],
  });
  defineWorkflow({
    id: "wrong",
    name: "Wrong",
    steps: [
      // @ts-expect-error -- two things to do
      { id: "both", label: "BOTH", run: () => 1, operationId: "http.request" },
    ],
  });
  defineWorkflow({
    id: "wrong",
    name: "Wrong",
    steps: [
      { id: "one", label: "ONE", run: () => 1 },
      // @ts-expect-error -- a key that nobody knows
      { id: "two", label: "TWO", retires: 1, run: () => 1 },
      // @ts-expect-error -- "one" is not among those that it depends on
      { id: "three", label: "THREE", dependsOn: ["two"], run: ({ results }) => results.one },
    ],
  });
  // @ts-expect-error -- no unit like this
  defineWorkflow({ id: "wrong", name: "Wrong", schedule: { every: "5 minutes" }, steps: [{ id: "one", label: "ONE", run: () => 1 }] });
});

test("after ten steps results are any", () => {
  const step = (id: string) => ({ id, label: "STEP", run: () => 1 });
  const workflow = defineWorkflow({
    id: "long",
    name: "Long",
    steps: [step("a"), step("b"), step("c"), step("d"), step("e"), step("f"), step("g"), step("h"), step("i"), step("j"), { id: "k", label: "K", dependsOn: ["a"], run: ({ results }) => expectTypeOf(results).toBeAny() }],
  });
  expect(workflow.steps).toHaveLength(11);
});

test("an operation's input has the type of its schema", () => {
  const operation = defineOperation({ id: "text.length", label: "LENGTH", input: z.object({ text: z.string() }), run: ({ text }, { signal }) => (signal.aborted ? 0 : text.length) });
  expectTypeOf(operation.run).returns.toBeNumber();
  expect(operation.id).toBe("text.length");
});
