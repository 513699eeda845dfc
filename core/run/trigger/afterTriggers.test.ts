import { describe, expect, it } from "vitest";
import { aRun, aFailedRun, withStrands } from "../../../test/contract/fixtures.ts";
import { WeaveStage } from "../../../test/support/weaveStage.ts";
import { LoomError } from "../../errors/loomError.ts";
import type { ObservedRun } from "../../mirror/contract.ts";
import { quietLog } from "../../testing/quietLog.ts";
import type { WorkflowFacts } from "../../workflow/facts.ts";
import { AfterTriggers, LONGEST_CHAIN, type AfterTriggersOptions } from "./afterTriggers.ts";

const after = (strandId: string, on?: "succeeded" | "failed" | "ended"): Partial<WorkflowFacts> => ({ triggers: [{ after: strandId, ...(on && { on }) }] });

function triggersOn(stage: WeaveStage, more: Pick<AfterTriggersOptions, "mostWaiting"> = {}): AfterTriggers {
  const { index, store, clock } = stage;
  return new AfterTriggers({ index, events: store.events, kv: store.kv, runs: stage, run: (id) => store.runs.get(id), clock, log: quietLog, ...more });
}

/** A stage with these workflows, and mirrored strands `job` and `other`. */
async function following(strands: Readonly<Record<string, Partial<WorkflowFacts>>>): Promise<{ stage: WeaveStage; triggers: AfterTriggers }> {
  const stage = await WeaveStage.open();
  await withStrands(stage.store, "job", "other");
  for (const [id, facts] of Object.entries(strands)) await stage.lay(id, facts);
  const triggers = triggersOn(stage);
  await triggers.start();
  return { stage, triggers };
}

async function settle(stage: WeaveStage, triggers: AfterTriggers): Promise<void> {
  await stage.index.settled();
  await triggers.settled();
}

/** The mirrored job ran. */
function observe(stage: WeaveStage, run: ObservedRun, strandId = "job"): Promise<unknown> {
  return stage.store.runs.observe({ strandId, at: stage.clock.now(), finished: [run] });
}

/** The number of the newest event that tells that the job ended. */
async function lastEnd(stage: WeaveStage): Promise<number> {
  const { events } = await stage.store.events.after(0, 1_000);
  return events.findLast(({ type, strandId }) => type === "run.finished" && strandId === "job")!.seq;
}

const started = (stage: WeaveStage): string[] => stage.asked.map(({ strandId }) => strandId).toSorted();

describe("a workflow that follows another strand", () => {
  it("starts after the end that it waits for, of a mirrored strand as of a woven one", async () => {
    const { stage, triggers } = await following({
      woven: {}, well: after("job"), badly: after("job", "failed"), anyhow: after("job", "ended"), next: after("woven", "ended"), apart: after("other"),
    });
    await using _stage = stage;
    await observe(stage, aRun("k1"));
    await settle(stage, triggers);
    expect(started(stage)).toEqual(["anyhow", "well"]);
    stage.asked.length = 0;
    await observe(stage, aFailedRun("k2"));
    await settle(stage, triggers);
    expect(started(stage)).toEqual(["anyhow", "badly"]);
    stage.asked.length = 0;
    const runId = await stage.ran("woven", "cancelled");
    await settle(stage, triggers);
    expect(stage.asked).toMatchObject([{ strandId: "next", trigger: "after", by: runId, onceKey: `after:${runId}` }]);
  });

  it("starts once also where the first start of Loom's followers met a busy database", async () => {
    const stage = await WeaveStage.open();
    await using _stage = stage;
    await withStrands(stage.store, "job");
    await stage.lay("next", after("job"));
    const { index, store, clock } = stage;
    let isBusy = true;
    const kv = { get: (plugin: string, key: string) => (isBusy ? Promise.reject(new LoomError("STORE_BUSY", "held")) : store.kv.get(plugin, key)), set: store.kv.set.bind(store.kv) } as AfterTriggersOptions["kv"];
    const triggers = new AfterTriggers({ index, events: store.events, kv, runs: stage, run: (id) => store.runs.get(id), clock, log: quietLog });
    await expect(triggers.start()).rejects.toMatchObject({ code: "STORE_BUSY" });
    isBusy = false;
    await triggers.start();
    await observe(stage, aRun("k1"));
    await settle(stage, triggers);
    expect(started(stage)).toEqual(["next"]);
    await triggers.stop();
  });

  it("does not start after a run that was skipped, since that never began", async () => {
    const { stage, triggers } = await following({ woven: {}, next: after("woven", "ended") });
    await using _stage = stage;
    await stage.ran("woven", "skipped");
    await settle(stage, triggers);
    expect(stage.asked).toEqual([]);
  });

  it("is told which run it follows where its input asks for it", async () => {
    const asking = { ...after("job"), input: { schema: { type: "object", properties: { after: {} } } } };
    const { stage, triggers } = await following({ asking, silent: { ...after("job"), input: { schema: { type: "object", properties: {} } } } });
    await using _stage = stage;
    await observe(stage, aRun("k1"));
    await settle(stage, triggers);
    const [run] = (await stage.store.runs.list({ strandId: "job", limit: 1 })).items;
    expect(stage.asked.find(({ strandId }) => strandId === "asking")!.input).toEqual({ after: { strandId: "job", runId: run!.id, status: "succeeded" } });
    expect(stage.asked.find(({ strandId }) => strandId === "silent")).not.toHaveProperty("input");
  });

  it("does not start while it is off", async () => {
    const { stage, triggers } = await following({ off: after("job") });
    await using _stage = stage;
    await stage.store.weave.switch("off", false, stage.clock.now());
    await observe(stage, aRun("k1"));
    await settle(stage, triggers);
    expect(stage.asked).toEqual([]);
  });

  it("does not start while it is paused: one skipped run counts the ends that nothing followed, each once", async () => {
    const { stage, triggers } = await following({ a: after("job", "ended") });
    await using _stage = stage;
    await stage.store.pauses.begin({ id: "p", strandId: "a", by: "ann", at: stage.clock.now(), entries: [] });
    const cursor = await stage.store.kv.get("loom", "after-cursor");
    await observe(stage, aRun("k1"));
    await observe(stage, aFailedRun("k2"));
    await settle(stage, triggers);
    await triggers.stop();
    await stage.store.kv.set("loom", "after-cursor", cursor!);
    await triggersOn(stage).start();
    const { items } = await stage.store.runs.list({ strandId: "a", limit: 10 });
    expect(items).toMatchObject([{ status: "skipped", code: "paused", error: "Paused by ann: 2 starts were let go.", trigger: "after", red: false }]);
  });

  it("is held where a pause came while the workflow was being asked", async () => {
    const { stage, triggers } = await following({ a: after("job") });
    await using _stage = stage;
    stage.refuse = async () => {
      await stage.store.pauses.begin({ id: "p", strandId: "a", by: "ann", at: stage.clock.now(), entries: [] });
      await stage.index.settled();
      return new LoomError("CONFLICT", "a is paused by ann.");
    };
    await observe(stage, aRun("k1"));
    await settle(stage, triggers);
    expect((await stage.runs("a"))[0]).toMatch(/^skipped paused paused:after:/);
  });

  it("follows as soon as its file says so, and no longer", async () => {
    const { stage, triggers } = await following({ a: {} });
    await using _stage = stage;
    await stage.lay("a", after("job"));
    await observe(stage, aRun("k1"));
    await settle(stage, triggers);
    await stage.lay("a", after("other"));
    await observe(stage, aRun("k2"));
    await settle(stage, triggers);
    expect(stage.asked).toHaveLength(1);
  });

  it("that cannot be started is recorded with the reason, and holds up no other", async () => {
    const { stage, triggers } = await following({ a: after("job"), b: after("job"), c: after("job") });
    await using _stage = stage;
    stage.refuse = ({ strandId }) => (strandId === "a" ? new LoomError("WORKFLOW_BROKEN", "no") : strandId === "b" ? new Error("a bug") : null);
    await observe(stage, aRun("k1"));
    await stage.quiet();
    expect((await stage.runs("a"))[0]).toMatch(/^skipped workflow_broken after:/);
    expect((await stage.runs("c"))[0]).toMatch(/^queued after:/);
    // A fault may pass: it is tried again a few times.
    for (const ms of [1_000, 2_000, 4_000]) {
      expect(await stage.runs("b")).toEqual([]);
      await stage.pass(ms);
    }
    await settle(stage, triggers);
    expect((await stage.runs("b"))[0]).toMatch(/^skipped start_failed after:/);
    expect(await stage.store.kv.get("loom", "after-cursor")).toBeGreaterThanOrEqual(await lastEnd(stage));
  });
});

describe("a follower that never says whether it can be started", () => {
  /** Its code is asked and does not answer, until the stage is disposed of. */
  function silent(stage: WeaveStage, id: string): void {
    const start = stage.start.bind(stage);
    stage.start = (request) => (request.strandId === id ? new Promise(() => {}) : start(request));
  }

  it("holds up no other, however many runs end", async () => {
    const { stage } = await following({ silent: after("job"), a: after("job") });
    await using _stage = stage;
    silent(stage, "silent");
    for (const key of ["k1", "k2", "k3"]) {
      await observe(stage, aRun(key));
      await stage.quiet();
    }
    expect(await stage.runs("a")).toHaveLength(3);
    expect(await stage.store.kv.get("loom", "after-cursor")).toBeLessThan(await lastEnd(stage));
  });

  it("holds up no other when Loom is up again, and nor does it keep more ends than it may have runs", async () => {
    const { stage, triggers } = await following({ silent: after("job"), a: after("job") });
    await using _stage = stage;
    await triggers.stop();
    const keys = ["k1", "k2", "k3", "k4", "k5"];
    await stage.store.runs.observe({ strandId: "job", at: stage.clock.now(), finished: keys.map((key) => aRun(key)) });
    silent(stage, "silent");
    let isUp = false;
    void triggersOn(stage, { mostWaiting: 3 }).start().then(() => (isUp = true));
    await stage.pass(1_000);
    expect(isUp).toBe(true);
    expect(await stage.runs("a")).toHaveLength(5);
    expect((await stage.runs("silent")).map((run) => run.split(" after:")[0])).toEqual(["skipped queue_full", "skipped queue_full"]);
  });
});

describe("a follower whose start the store does not take", () => {
  const unavailable = new LoomError("STORE_UNAVAILABLE", "The disk is full.");

  it("is started once the store takes it, however long that lasts, and is not counted as seen before", async () => {
    const { stage, triggers } = await following({ a: after("job") });
    await using _stage = stage;
    stage.refuse = () => unavailable;
    await observe(stage, aRun("k1"));
    for (let minutes = 0; minutes < 10; minutes++) await stage.pass(60_000);
    expect(stage.asked.length).toBeGreaterThan(10);
    expect(await stage.runs("a")).toEqual([]);
    expect(await stage.store.kv.get("loom", "after-cursor")).toBeLessThan(await lastEnd(stage));
    stage.refuse = null;
    await stage.pass(60_000);
    await settle(stage, triggers);
    expect(await stage.runs("a")).toHaveLength(1);
    expect(await stage.store.kv.get("loom", "after-cursor")).toBeGreaterThanOrEqual(await lastEnd(stage));
  });

  it("is started after the next start of Loom, and once", async () => {
    const { stage, triggers } = await following({ a: after("job") });
    await using _stage = stage;
    stage.refuse = () => unavailable;
    await observe(stage, aRun("k1"));
    await stage.quiet();
    await triggers.stop();
    stage.refuse = null;
    await stage.reopen();
    for (let starts = 0; starts < 2; starts++) {
      const next = triggersOn(stage);
      await next.start();
      await next.stop();
    }
    expect(await stage.runs("a")).toHaveLength(1);
  });

  it("goes on where only how far it is cannot be noted", async () => {
    const { stage, triggers } = await following({ a: after("job") });
    await using _stage = stage;
    await triggers.stop();
    await observe(stage, aRun("k1"));
    const { index, store, clock } = stage;
    const kv = { ...store.kv, get: (plugin: string, key: string) => store.kv.get(plugin, key), set: () => Promise.reject(unavailable) };
    const next = new AfterTriggers({ index, events: store.events, kv, runs: stage, run: (id) => store.runs.get(id), clock, log: quietLog });
    await next.start();
    await observe(stage, aRun("k2"));
    await settle(stage, next);
    expect(await stage.runs("a")).toHaveLength(2);
  });

  it("holds up no stop while Loom catches up", async () => {
    const { stage, triggers } = await following({ a: after("job") });
    await using _stage = stage;
    await triggers.stop();
    await observe(stage, aRun("k1"));
    stage.refuse = () => unavailable;
    const next = triggersOn(stage);
    const catchingUp = next.start();
    await stage.quiet();
    await next.stop();
    await catchingUp;
    stage.refuse = null;
    await triggersOn(stage).start();
    expect(await stage.runs("a")).toHaveLength(1);
  });

  it("is not lost where the runs stop before it does", async () => {
    const { stage, triggers } = await following({ a: after("job") });
    await using _stage = stage;
    stage.refuse = () => new LoomError("STOPPING", "Loom is stopping.");
    await observe(stage, aRun("k1"));
    await settle(stage, triggers);
    await triggers.stop();
    stage.refuse = null;
    await triggersOn(stage).start();
    expect(await stage.runs("a")).toHaveLength(1);
  });
});

describe("an end that is corrected", () => {
  it("starts who waits for what it has become, and nobody a second time", async () => {
    const { stage, triggers } = await following({ well: after("job"), badly: after("job", "failed"), anyhow: after("job", "ended") });
    await using _stage = stage;
    await observe(stage, aFailedRun("k1", { code: "interrupted" }));
    await settle(stage, triggers);
    expect(started(stage)).toEqual(["anyhow", "badly"]);
    await observe(stage, aRun("k1"));
    await settle(stage, triggers);
    expect(stage.events.map(({ type }) => type)).toContain("run.corrected");
    expect([await stage.runs("well"), await stage.runs("badly"), await stage.runs("anyhow")].map((runs) => runs.length)).toEqual([1, 1, 1]);
  });
});

describe("after Loom was down", () => {
  it("goes on where it stood: what ended meanwhile is followed, and nothing twice", async () => {
    const { stage, triggers } = await following({ a: after("job") });
    await using _stage = stage;
    await observe(stage, aRun("k1"));
    await settle(stage, triggers);
    await triggers.stop();
    await observe(stage, aRun("k2"));
    await stage.reopen();
    const next = triggersOn(stage);
    await next.start();
    expect(await stage.runs("a")).toHaveLength(2);
    expect(stage.asked).toHaveLength(2);
  });

  it("that died before it noted how far it was starts nothing twice", async () => {
    const { stage, triggers } = await following({ a: after("job") });
    await using _stage = stage;
    const cursor = await stage.store.kv.get("loom", "after-cursor");
    await observe(stage, aRun("k1"));
    await settle(stage, triggers);
    await triggers.stop();
    await stage.store.kv.set("loom", "after-cursor", cursor!);
    await triggersOn(stage).start();
    expect(stage.asked).toHaveLength(2);
    expect(await stage.runs("a")).toHaveLength(1);
  });

  it("does not start what came, or was switched on, after the run had ended", async () => {
    const { stage, triggers } = await following({ off: { ...after("job"), enabled: false } });
    await using _stage = stage;
    await triggers.stop();
    await observe(stage, aRun("k1"));
    await stage.pass(1);
    await stage.lay("late", after("job"));
    await stage.store.weave.switch("off", true, stage.clock.now());
    await stage.index.settled();
    await triggersOn(stage).start();
    expect(stage.asked).toEqual([]);
  });

  it("begins with the newest where events are no longer kept", async () => {
    const { stage, triggers } = await following({ a: after("job") });
    await using _stage = stage;
    await triggers.stop();
    await observe(stage, aRun("k1"));
    await stage.store.events.prune(0);
    const next = triggersOn(stage);
    await next.start();
    expect(stage.asked).toEqual([]);
    await observe(stage, aRun("k2"));
    await settle(stage, next);
    expect(stage.asked).toHaveLength(1);
  });

  it("notes events that start nothing now and then, so that they need not be kept for long", async () => {
    const { stage, triggers } = await following({});
    await using _stage = stage;
    await observe(stage, aRun("k1"));
    await settle(stage, triggers);
    await stage.pass(30_000);
    expect(await stage.store.kv.get("loom", "after-cursor")).toBe(await stage.store.events.last());
  });
});

describe("workflows that follow each other in a circle", () => {
  it("end after a chain that is long enough, with the reason", async () => {
    const { stage, triggers } = await following({ ping: after("pong"), pong: after("ping") });
    await using _stage = stage;
    // Nobody does their steps here: each is over as soon as it is asked for.
    let last = await stage.ran("ping", "succeeded");
    let length = 1;
    for (; length < 3 * LONGEST_CHAIN; length++) {
      await settle(stage, triggers);
      const next = stage.asked.at(-1)!;
      if (next.reason) break;
      last = await stage.ran(next.strandId, "succeeded", { trigger: "after", triggerBy: last });
    }
    expect(length).toBe(LONGEST_CHAIN + 1);
    expect(stage.asked.at(-1)).toMatchObject({ reason: "chain_too_long", by: last });
  });
});
