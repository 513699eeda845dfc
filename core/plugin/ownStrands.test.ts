import { describe, expect, it } from "vitest";
import type { ObservedJob } from "../mirror/contract.ts";
import { FakeClock } from "../testing/fakeClock.ts";
import type { StrandDefinition } from "./contract.ts";
import { type OwnPast, OwnStrands } from "./ownStrands.ts";

describe("a plugin's own strands", () => {
  const setUp = (past: OwnPast = new Map(), clock = new FakeClock(10_000_000)) => {
    const stop = new AbortController();
    const own = new OwnStrands({ plugin: "p", label: "Plugin", clock, signal: stop.signal, past });
    own.start();
    const job = async (id: string): Promise<ObservedJob | undefined> => {
      const snapshot = await own.snapshot();
      return snapshot.unchanged ? undefined : snapshot.jobs.find((one) => one.id === id);
    };
    return { own, clock, past, stop, job };
  };
  const strand = (more: Partial<StrandDefinition> = {}): StrandDefinition => ({ id: "s", name: "S", ...more });

  it("are one source that lists them, and wakes its watcher when one comes or goes", async () => {
    const { own, job } = setUp();
    let wakes = 0;
    own.watch(() => (wakes += 1), AbortSignal.any([]));
    const handle = own.add(strand({ description: "d" }));
    expect([own.identity, own.label]).toEqual(["plugin:p", "Plugin"]);
    expect(await job("s")).toMatchObject({ id: "s", name: "S", enabled: true, schedule: { kind: "manual" }, historyMark: null, running: null, nextRunAt: null });
    handle[Symbol.dispose]();
    expect([await own.snapshot(), wakes]).toEqual([{ jobs: [] }, 2]);
  });

  it("run when a person asks, and the finished run carries the key that was answered", async () => {
    const { own, clock, job } = setUp();
    const gate = Promise.withResolvers<string>();
    own.add(strand({ run: () => gate.promise }));
    const answer = await own.runNow("s");
    expect(answer).toMatchObject({ accepted: true });
    const key = answer.accepted ? answer.ownerRunId : "";
    expect((await job("s"))?.running).toEqual({ key, startedAt: clock.now() });
    expect(await own.runNow("s")).toEqual({ accepted: false, reason: "It is running already." });
    await clock.advance(500);
    gate.resolve("all done");
    await clock.advance(0);
    expect(await job("s")).toMatchObject({ running: null, historyMark: key });
    expect((await own.runs("s")).runs).toMatchObject([{ key, trigger: "manual", status: "succeeded", steps: [{ id: "run", status: "completed", output: "all done" }] }]);
    expect((await own.runs("s")).runs[0]!.finishedAt - (await own.runs("s")).runs[0]!.startedAt).toBe(500);
  });

  it("tell of a run that threw", async () => {
    const { own, clock } = setUp();
    own.add(strand({ steps: [{ id: "a", label: "A" }, { id: "b", label: "B" }], run: async () => { throw new Error("broken"); } }));
    await own.runNow("s");
    await clock.advance(0);
    expect((await own.runs("s")).runs).toMatchObject([{ status: "failed", error: "broken", steps: [{ id: "a", status: "failed" }, { id: "b", status: "skipped", reason: "dependency" }] }]);
  });

  it("hold 16 MiB of outputs at most, the end of the newest first: a hundred runs could fill the memory", async () => {
    const { own, clock } = setUp();
    const mebibytes = [6, 7, 8, 20];
    own.add(strand({ run: async () => "x".repeat(mebibytes[0]! * 1_048_576) }));
    const held = async (): Promise<readonly (readonly [number, number | undefined])[]> => {
      await own.runNow("s");
      await clock.advance(1);
      mebibytes.shift();
      return (await own.runs("s")).runs.map(({ steps: [step] }) => [step!.output!.length / 1_048_576, step!.outputBytes && step!.outputBytes / 1_048_576]);
    };
    expect(await held()).toEqual([[6, undefined]]);
    expect(await held()).toEqual([[7, undefined], [6, undefined]]);
    expect(await held()).toEqual([[8, undefined], [7, undefined], [0, 6]]);
    expect(await held()).toEqual([[16, 20], [0, 8], [0, 7], [0, 6]]);
  });

  it("run on their schedule, never twice at once", async () => {
    const { own, clock, job } = setUp();
    const begun: number[] = [];
    own.add(strand({ schedule: { kind: "every", everyMs: 60_000 }, run: () => { begun.push(clock.now()); return clock.sleep(90_000); } }));
    expect((await job("s"))?.nextRunAt).toBe(10_020_000);
    await clock.advance(200_000);
    expect(begun).toEqual([10_020_000, 10_140_000]);
    expect((await own.runs("s")).runs).toMatchObject([{ trigger: "schedule", status: "succeeded" }]);
  });

  it("fire at the right wall-clock time although the clock was set", async () => {
    const { own, clock } = setUp();
    const begun: number[] = [];
    own.add(strand({ schedule: { kind: "at", atMs: clock.now() + 7_200_000 }, run: async () => void begun.push(clock.now()) }));
    clock.jump(7_100_000);
    await clock.advance(160_000);
    expect(begun.length).toBe(1);
    expect(begun[0]).toBeLessThanOrEqual(10_000_000 + 7_200_000 + 60_000);
  });

  it("do not fire when they are off, have nothing to run, or their plugin is unloaded", async () => {
    const { own, clock, stop } = setUp();
    const begun: string[] = [];
    const schedule = { kind: "every", everyMs: 1_000 } as const;
    own.add(strand({ id: "off", enabled: false, schedule, run: async () => void begun.push("off") }));
    own.add(strand({ id: "empty", schedule }));
    const gone = own.add(strand({ id: "gone", schedule, run: async () => void begun.push("gone") }));
    stop.abort();
    gone[Symbol.dispose]();
    await clock.advance(5_000);
    expect([begun, clock.pending]).toEqual([[], 0]);
    expect(await own.runNow("empty")).toEqual({ accepted: false, reason: "The plugin does not let this strand be run from Loom." });
  });

  it("keep their runs through a reload", async () => {
    const first = setUp();
    const gate = Promise.withResolvers<void>();
    first.own.add(strand({ run: () => gate.promise }));
    await first.own.runNow("s");
    const second = setUp(first.past, first.clock);
    second.own.add(strand({ run: async () => {} }));
    expect((await second.job("s"))?.running).not.toBeNull();
    first.stop.abort();
    gate.reject(new Error("aborted"));
    await first.clock.advance(0);
    expect((await second.own.runs("s")).runs).toMatchObject([{ status: "cancelled", code: "unloaded" }]);
  });
});
