import { describe, expect, it } from "vitest";
import type { LoomEvent } from "../plugin/contract.ts";
import { FakeClock } from "../testing/fakeClock.ts";
import { quietLog } from "../testing/quietLog.ts";
import { createEventBus } from "./bus.ts";

const event = (seq: number, type = "run.finished"): LoomEvent => ({ seq, at: 0, type, strandId: null, runId: null, data: {} });

describe("event bus", () => {
  const setUp = () => {
    const clock = new FakeClock();
    return { clock, bus: createEventBus({ clock, log: quietLog }) };
  };

  it("hands each listener the events of its type, in order", async () => {
    const { clock, bus } = setUp();
    const [some, all]: [number[], number[]] = [[], []];
    bus.on("run.finished", (one) => void some.push(one.seq));
    bus.on("*", (one) => void all.push(one.seq));
    bus.publish([event(1), event(2, "strand.added"), event(3)]);
    await clock.advance(0);
    expect([some, all]).toEqual([[1, 3], [1, 2, 3]]);
    expect(clock.pending).toBe(0);
  });

  it("never runs a listener twice at once", async () => {
    const { clock, bus } = setUp();
    const gate = Promise.withResolvers<void>();
    const begun: number[] = [];
    bus.on("*", async (one) => {
      begun.push(one.seq);
      await gate.promise;
    });
    bus.publish([event(1), event(2)]);
    await clock.advance(0);
    expect(begun).toEqual([1]);
    gate.resolve();
    await clock.advance(0);
    expect(begun).toEqual([1, 2]);
  });

  it("lets others hear what one listener throws at, rejects or never finishes", async () => {
    const { clock, bus } = setUp();
    const errors: string[] = [];
    const note = (error: unknown): void => void errors.push((error as Error).message);
    const heard: number[] = [];
    bus.on("*", () => { throw new Error("throws"); }, note);
    bus.on("*", async () => { throw new Error("rejects"); }, note);
    bus.on("*", (one) => (one.seq === 1 ? new Promise(() => {}) : void heard.push(-one.seq)), note);
    bus.on("*", (one) => void heard.push(one.seq));
    bus.publish([event(1), event(2)]);
    await clock.advance(0);
    expect(heard).toEqual([1, 2]);
    await clock.advance(30_000);
    expect(heard).toEqual([1, 2, -2]);
    expect(errors.toSorted()).toEqual(["The listener for run.finished did not finish within 30 s", "rejects", "rejects", "throws", "throws"]);
  });

  it("keeps the newest thousand for a listener that hangs, and drops all when it goes", async () => {
    const { clock, bus } = setUp();
    const heard: number[] = [];
    const gate = Promise.withResolvers<void>();
    const listener = bus.on("*", (one) => {
      heard.push(one.seq);
      return one.seq === 0 ? gate.promise : undefined;
    });
    bus.publish([event(0)]);
    await clock.advance(0);
    bus.publish(Array.from({ length: 1_500 }, (_, n) => event(n + 1)));
    gate.resolve();
    await clock.advance(0);
    expect([heard.length, heard[1], heard.at(-1)]).toEqual([1_001, 501, 1_500]);
    bus.publish([event(2_000)]);
    listener[Symbol.dispose]();
    await clock.advance(0);
    expect(heard.at(-1)).toBe(1_500);
  });
});
