import { expect } from "vitest";
import type { ObservedStep } from "../../../core/mirror/contract.ts";
import type { Store } from "../../../core/store/contract.ts";
import { aRun, runOf, T, withStrands } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";

/** Records a run whose one step has this output. */
async function recorded(store: Store, step: Partial<ObservedStep>, key = "k") {
  await store.runs.observe({ strandId: "a", at: T, finished: [aRun(key, { steps: [{ id: "exec", status: "completed", ...step }] })] });
  const { run, steps } = await runOf(store, "a", key);
  return { runId: run.id, step: steps[0]!, output: await store.runs.output(run.id, "exec") };
}

export const outputCases: readonly StoreCase[] = [
  {
    name: "a short output is kept whole on its step",
    async run({ store }) {
      await withStrands(store, "a");
      const { runId, step, output } = await recorded(store, { output: "grüß dich" });
      expect(step).toMatchObject({ outputTail: "grüß dich", outputBytes: 11, outputKeptBytes: 11 });
      expect(output).toEqual({ text: "grüß dich", bytes: 11 });
      expect(await store.runs.output(runId, "deliver")).toBeNull();
      expect(await store.runs.output("nobody", "exec")).toBeNull();
    },
  },
  {
    name: "a step without an output has no length either",
    async run({ store }) {
      await withStrands(store, "a");
      const { step, output } = await recorded(store, {});
      expect([step.outputTail, step.outputBytes, step.outputKeptBytes, output]).toEqual([null, null, null, null]);
      expect((await recorded(store, { output: "" }, "empty")).output).toEqual({ text: "", bytes: 0 });
    },
  },
  {
    name: "a long output is kept whole beside its tail",
    async run({ store }) {
      await withStrands(store, "a");
      const whole = `${"line of output\n".repeat(5000)}end`;
      const { step, output } = await recorded(store, { output: whole });
      expect(step).toMatchObject({ outputBytes: whole.length, outputKeptBytes: whole.length });
      expect(whole.endsWith(step.outputTail!)).toBe(true);
      expect(output).toEqual({ text: whole, bytes: whole.length });
    },
  },
  {
    name: "of an output over the bound the end is kept, whole characters only, and its length is known",
    async run({ store }) {
      await withStrands(store, "a");
      const whole = `x${"é😀".repeat(60_000)}end`;
      const { step, output } = await recorded(store, { output: whole });
      expect(step.outputBytes).toBe(Buffer.byteLength(whole));
      expect(step.outputKeptBytes).toBeLessThanOrEqual(262_144);
      expect(step.outputKeptBytes).toBeGreaterThan(262_138);
      expect(Buffer.byteLength(output!.text)).toBe(step.outputKeptBytes);
      expect(whole.endsWith(output!.text)).toBe(true);
      expect(output!.bytes).toBe(step.outputBytes);
    },
  },
  {
    name: "an adapter that has only the end tells how long the whole was",
    async run({ store }) {
      await withStrands(store, "a");
      const { step, output } = await recorded(store, { output: "…the end", outputBytes: 1_000_000 });
      expect(step).toMatchObject({ outputBytes: 1_000_000, outputKeptBytes: 10 });
      expect(output).toEqual({ text: "…the end", bytes: 1_000_000 });
    },
  },
  {
    name: "what is told anew of a run replaces its output",
    async run({ store }) {
      await withStrands(store, "a");
      await recorded(store, { output: "y".repeat(9000) });
      await store.runs.observe({ strandId: "a", at: T, finished: [], running: { key: "later", startedAt: T } });
      await store.runs.observe({ strandId: "a", at: T, finished: [], running: null });
      expect((await recorded(store, { output: "z".repeat(9000) }, "later")).output!.text).toBe("z".repeat(9000));
      const interrupted = aRun("cut", { status: "failed", code: "interrupted", steps: [{ id: "exec", status: "failed", output: "a".repeat(9000) }] });
      await store.runs.observe({ strandId: "a", at: T, finished: [interrupted] });
      expect((await recorded(store, { output: "b" }, "cut")).output).toEqual({ text: "b", bytes: 1 });
    },
  },
];
