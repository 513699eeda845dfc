import { expect } from "vitest";
import { aFailedRun, allEvents, aRun, runOf, T, typesDuring, withStrands } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";

const running = (key: string, startedAt = T) => ({ key, startedAt });

export const runCases: readonly StoreCase[] = [
  {
    name: "a run under way is recorded once, its first step running and the others pending",
    async run({ store }) {
      await withStrands(store, "a");
      const news = { strandId: "a", at: T + 5, finished: [], running: running("k") };
      expect(await typesDuring(store, () => store.runs.observe(news))).toEqual(["run.started", "step.started"]);
      expect(await store.runs.observe(news)).toEqual({ outcome: "ok", added: 0, finished: 0 });
      const { run, steps } = await runOf(store, "a", "k");
      expect(run).toMatchObject({ strandId: "a", status: "running", nodeId: "node-1", startedAt: T, finishedAt: null, red: false });
      expect(steps).toMatchObject([
        { stepId: "exec", label: "EXEC", status: "running", startedAt: T },
        { stepId: "deliver", label: "DELIVER", status: "pending", startedAt: null },
      ]);
    },
  },
  {
    name: "a run under way that has finished is the same run with its end",
    async run({ store }) {
      await withStrands(store, "a");
      await store.runs.observe({ strandId: "a", at: T, finished: [], running: running("k") });
      const before = await runOf(store, "a", "k");
      const types = await typesDuring(store, async () => {
        expect(await store.runs.observe({ strandId: "a", at: T + 2000, finished: [aRun("k", { summary: { model: "m" } })], running: null })).toEqual({
          outcome: "ok", added: 0, finished: 1,
        });
      });
      expect(types).toEqual(["step.completed", "step.skipped", "run.finished"]);
      const after = await runOf(store, "a", "k");
      expect(after.run).toMatchObject({ id: before.run.id, status: "succeeded", trigger: "schedule", finishedAt: T + 1000, summary: { model: "m" } });
      expect(after.steps).toMatchObject([
        { stepId: "exec", status: "completed", exitCode: 0, outputTail: "done", result: { rows: 3 }, finishedAt: T + 900 },
        { stepId: "deliver", status: "skipped", reason: "not_requested", result: null },
      ]);
    },
  },
  {
    name: "a run that is first seen when it is over is told from start to end",
    async run({ store }) {
      await withStrands(store, "a");
      let answer;
      const types = await typesDuring(store, async () => (answer = await store.runs.observe({ strandId: "a", at: T + 9, finished: [aFailedRun("k")] })));
      expect(answer).toEqual({ outcome: "ok", added: 1, finished: 1 });
      expect(types).toEqual(["run.started", "step.failed", "run.finished"]);
      const event = (await allEvents(store)).at(-1)!;
      expect(event).toMatchObject({
        type: "run.finished", strandId: "a", at: T + 9,
        data: { status: "failed", code: "timeout", error: "took too long", trigger: "schedule", red: true, startedAt: T, finishedAt: T + 1000, steps: [{ id: "exec", status: "failed" }] },
      });
      expect(event.runId).toBe((await runOf(store, "a", "k")).run.id);
    },
  },
  {
    name: "runs told together are recorded oldest first, in whatever order they come",
    async run({ store }) {
      await withStrands(store, "a");
      const finished = [3, 1, 2].map((i) => aRun(`k${i}`, { startedAt: T + i, finishedAt: T + i }));
      await store.runs.observe({ strandId: "a", at: T + 9, finished });
      const ends = (await allEvents(store)).filter((event) => event.type === "run.finished");
      expect(ends.map((event) => event.data["startedAt"])).toEqual([T + 1, T + 2, T + 3]);
    },
  },
  {
    name: "a run that is known to have finished is left as it is",
    async run({ store }) {
      await withStrands(store, "a");
      await store.runs.observe({ strandId: "a", at: T, finished: [aRun("k")] });
      const types = await typesDuring(store, async () => {
        expect(await store.runs.observe({ strandId: "a", at: T + 1, finished: [aFailedRun("k")], running: running("k") })).toEqual({ outcome: "ok", added: 0, finished: 0 });
      });
      expect(types).toEqual([]);
      expect((await runOf(store, "a", "k")).run.status).toBe("succeeded");
      expect(await store.runs.known("a", ["k", "other"])).toEqual(["k"]);
      expect(await store.runs.known("b", ["k"])).toEqual([]);
    },
  },
  {
    name: "the same key in two strands names two runs",
    async run({ store }) {
      await withStrands(store, "a", "b");
      for (const strandId of ["a", "b"]) await store.runs.observe({ strandId, at: T, finished: [aRun("k")] });
      expect((await store.runs.list({ limit: 10 })).items).toHaveLength(2);
    },
  },
  {
    name: "a run under way that its owner no longer names has been lost",
    async run({ store }) {
      await withStrands(store, "a");
      await store.runs.observe({ strandId: "a", at: T, finished: [], running: running("k") });
      const types = await typesDuring(store, async () => {
        expect(await store.runs.observe({ strandId: "a", at: T + 50, finished: [], running: null })).toEqual({ outcome: "ok", added: 0, finished: 1 });
      });
      expect(types).toEqual(["step.failed", "step.skipped", "run.finished"]);
      expect((await runOf(store, "a", "k")).run).toMatchObject({ status: "failed", code: "lost", finishedAt: T + 50, red: true });
      expect((await store.strands.all())[0]).toMatchObject({ activeRun: null, redRuns: 1 });
      expect(await store.runs.known("a", ["k"])).toEqual([]);
    },
  },
  {
    name: "a run that its owner took for interrupted gives way to its real end, and never the other way round",
    async run({ store }) {
      await withStrands(store, "a");
      const interrupted = aRun("k", { status: "failed", code: "interrupted" });
      await store.runs.observe({ strandId: "a", at: T, finished: [interrupted] });
      expect(await store.runs.known("a", ["k"])).toEqual([]);
      expect(await typesDuring(store, () => store.runs.observe({ strandId: "a", at: T, finished: [interrupted] }))).toEqual([]);
      await store.runs.observe({ strandId: "a", at: T, finished: [aRun("k")] });
      await store.runs.observe({ strandId: "a", at: T, finished: [interrupted] });
      expect((await runOf(store, "a", "k")).run).toMatchObject({ status: "succeeded", code: null, red: false });
      expect(await store.runs.known("a", ["k"])).toEqual(["k"]);
    },
  },
  {
    name: "another run under way means that the one before has been lost",
    async run({ store }) {
      await withStrands(store, "a");
      await store.runs.observe({ strandId: "a", at: T, finished: [], running: running("k1") });
      await store.runs.observe({ strandId: "a", at: T + 50, finished: [], running: running("k2", T + 40) });
      expect((await runOf(store, "a", "k1")).run).toMatchObject({ status: "failed", code: "lost" });
      expect((await store.strands.all())[0]?.activeRun).toMatchObject({ key: "k2" });
    },
  },
  {
    name: "a run under way goes on under the key under which its owner tells its end, and only where no run has that key",
    async run({ store }) {
      await withStrands(store, "a");
      await store.runs.observe({ strandId: "a", at: T, finished: [], running: running("k1") });
      const { id } = (await runOf(store, "a", "k1")).run;
      const moved = aRun("k2", { startedAt: T + 20, finishedAt: T + 30 });
      await store.runs.observe({ strandId: "a", at: T + 50, finished: [moved], heir: { from: "k1", to: "k2" }, running: null });
      expect((await store.runs.list({ strandId: "a", limit: 10 })).items).toMatchObject([{ id, externalKey: "k2", status: "succeeded", startedAt: T + 20 }]);
      await store.runs.observe({ strandId: "a", at: T + 60, finished: [], running: running("k3", T + 55) });
      await store.runs.observe({ strandId: "a", at: T + 70, finished: [moved], heir: { from: "k3", to: "k2" } });
      expect((await runOf(store, "a", "k3")).run.status).toBe("running");
    },
  },
  {
    name: "nothing known about a run under way leaves it under way",
    async run({ store }) {
      await withStrands(store, "a");
      await store.runs.observe({ strandId: "a", at: T, finished: [], running: running("k1") });
      await store.runs.observe({ strandId: "a", at: T + 50, finished: [aRun("k0", { startedAt: T - 10, finishedAt: T - 5 })] });
      expect((await runOf(store, "a", "k1")).run.status).toBe("running");
    },
  },
  {
    name: "what the owner tells later replaces a lost run, and only once",
    async run({ store }) {
      await withStrands(store, "a");
      await store.runs.observe({ strandId: "a", at: T, finished: [], running: running("k") });
      await store.runs.observe({ strandId: "a", at: T + 50, finished: [], running: null });
      const lost = await runOf(store, "a", "k");
      await store.runs.acknowledge(lost.run.id, "ann", T + 55);
      const types = await typesDuring(store, () => store.runs.observe({ strandId: "a", at: T + 60, finished: [aRun("k")], running: null }));
      expect(types).toEqual(["run.corrected"]);
      const told = await runOf(store, "a", "k");
      expect(told.run).toMatchObject({ id: lost.run.id, status: "succeeded", code: null, error: null, red: false, ackAt: null, finishedAt: T + 1000 });
      expect(told.steps.map((step) => step.status)).toEqual(["completed", "skipped"]);
      expect((await store.strands.all())[0]).toMatchObject({ redRuns: 0 });
      expect(await typesDuring(store, () => store.runs.observe({ strandId: "a", at: T + 70, finished: [aRun("k")] }))).toEqual([]);
    },
  },
  {
    name: "a lost run that its owner names again is under way again",
    async run({ store }) {
      await withStrands(store, "a");
      await store.runs.observe({ strandId: "a", at: T, finished: [], running: running("k") });
      await store.runs.observe({ strandId: "a", at: T + 50, finished: [], running: null });
      await store.runs.observe({ strandId: "a", at: T + 60, finished: [], running: running("k") });
      expect(await runOf(store, "a", "k")).toMatchObject({ run: { status: "running", red: false, finishedAt: null, code: null }, steps: [{ status: "running" }, { status: "pending" }] });
    },
  },
  {
    name: "a run with a failed step is red although it succeeded",
    async run({ store }) {
      await withStrands(store, "a");
      const steps = [{ id: "exec", status: "completed" }, { id: "deliver", status: "failed" }] as const;
      await store.runs.observe({ strandId: "a", at: T, finished: [aRun("k", { steps })] });
      expect((await runOf(store, "a", "k")).run).toMatchObject({ status: "succeeded", red: true });
    },
  },
  {
    name: "steps that the owner does not tell of end with their run",
    async run({ store }) {
      await withStrands(store, "a");
      await store.runs.observe({ strandId: "a", at: T, finished: [], running: running("k") });
      await store.runs.observe({ strandId: "a", at: T + 9, finished: [aRun("k", { steps: [] })], running: null });
      expect((await runOf(store, "a", "k")).steps).toMatchObject([{ status: "completed" }, { status: "skipped", reason: "dependency" }]);
    },
  },
  {
    name: "of a long output the end is kept, whole characters only",
    async run({ store }) {
      await withStrands(store, "a");
      const output = `${"x".repeat(10_000)}${"é😀".repeat(2000)}end`;
      await store.runs.observe({ strandId: "a", at: T, finished: [aRun("k", { steps: [{ id: "exec", status: "completed", output }] })] });
      const { outputTail } = (await runOf(store, "a", "k")).steps[0]!;
      expect(Buffer.byteLength(outputTail!)).toBeLessThanOrEqual(4096);
      expect(Buffer.byteLength(outputTail!)).toBeGreaterThan(4090);
      expect(output.endsWith(outputTail!)).toBe(true);
    },
  },
  {
    name: "a strand is read as of one moment while its runs begin and end",
    async run({ store }) {
      await withStrands(store, "a");
      const told: [active: string | undefined, newestUnfinished: string | undefined][] = [];
      for (let n = 0; n < 600; n++) {
        const [began, ends] = [T + n - (n % 2), n % 2 === 1];
        const news = { finished: ends ? [aRun(`k${began}`, { startedAt: began })] : [], running: ends ? null : running(`k${began}`, began) };
        const written = store.runs.observe({ strandId: "a", at: T + n, ...news });
        const [strand] = await store.strands.all();
        told.push([strand!.activeRun?.id, strand!.recent.find((run) => run.finishedAt === null)?.id]);
        await written;
      }
      expect(told.filter(([active, unfinished]) => active !== unfinished)).toEqual([]);
    },
  },
  {
    name: "a huge summary and error are cut, and the cut is shown",
    async run({ store }) {
      await withStrands(store, "a");
      await store.runs.observe({ strandId: "a", at: T, finished: [aFailedRun("k", { error: "e".repeat(99_999), summary: { model: "m", transcript: "t".repeat(99_999) } })] });
      const { run } = await runOf(store, "a", "k");
      expect(run.summary).toEqual({ model: "m", omitted: ["transcript"] });
      expect(run.error).toMatch(/^e{4000,4095}…$/);
      const event = (await allEvents(store)).at(-1)!;
      expect(JSON.stringify(event.data).length).toBeLessThan(1000);
    },
  },
  {
    name: "runs of a strand that is not there are refused",
    async run({ store }) {
      expect(await store.runs.observe({ strandId: "nobody", at: T, finished: [aRun("k")] })).toEqual({ outcome: "not_found" });
      expect(await store.runs.get("nobody")).toBeNull();
      expect(await allEvents(store)).toEqual([]);
    },
  },
  {
    name: "a run's id tells when it began",
    async run({ store }) {
      await withStrands(store, "a");
      await store.runs.observe({ strandId: "a", at: T + 99, finished: [aRun("k")] });
      const { run } = await runOf(store, "a", "k");
      expect(run.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(Number.parseInt(run.id.replaceAll("-", "").slice(0, 12), 16)).toBe(T);
    },
  },
];
