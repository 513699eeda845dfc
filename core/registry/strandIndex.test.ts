import { describe, expect, it } from "vitest";
import { MirrorFixture } from "../../test/support/mirrorFixture.ts";
import { ScriptedSource } from "../../test/support/scriptedSource.ts";
import { FakeClock } from "../testing/fakeClock.ts";
import { quietLog } from "../../core/testing/quietLog.ts";
import { LoomError } from "../errors/loomError.ts";
import type { LoomEvent } from "../plugin/contract.ts";
import { StrandIndex } from "./strandIndex.ts";

describe("the index of strands", () => {
  it("tells what it could not read with the next commit, in order", async () => {
    await using loom = await MirrorFixture.start();
    const source = new ScriptedSource();
    source.add("a");
    loom.register(source);
    await loom.until(() => loom.strand("job a") !== undefined);
    const heard: string[] = [];
    loom.index.on((change) => heard.push(...change.events.map((event) => event.type)));
    const { getMany } = loom.store.strands;
    loom.store.strands.getMany = async () => {
      loom.store.strands.getMany = getMany;
      throw new LoomError("STORE_BUSY", "locked");
    };
    source.edit("a", { enabled: false });
    await loom.look();
    expect(heard).toEqual([]);
    await loom.store.events.append({ at: 1, type: "later" });
    await loom.index.settled();
    expect(heard).toEqual(["strand.disabled", "later"]);
    expect(loom.strand("job a")!.enabled).toBe(false);
  });

  it("tells a second later what it could not read, however much that is", async () => {
    await using loom = await MirrorFixture.start();
    const clock = new FakeClock();
    let heard = 0;
    const tell: ((events: readonly LoomEvent[]) => void)[] = [];
    let isBusy = true;
    const getMany = async (): Promise<[]> => {
      if (!isBusy) return [];
      isBusy = false;
      throw new LoomError("STORE_BUSY", "locked");
    };
    const strands = { ...loom.store.strands, all: async () => [], getMany };
    const index = new StrandIndex({ ...loom.store, strands, onCommit: (listener) => (tell.push(listener), () => {}) }, quietLog, clock);
    await index.start();
    index.on((change) => (heard += change.events.length));
    tell[0]!(Array.from({ length: 300_000 }, (_, seq) => ({ seq, at: 1, type: "some", strandId: "a", runId: null, data: {} })));
    await index.settled();
    expect(heard).toBe(0);
    await clock.advance(1_000);
    await index.settled();
    expect(heard).toBe(300_000);
    await index.stop();
    expect(clock.pending).toBe(0);
  });

  it("takes in commits with very many events", async () => {
    await using loom = await MirrorFixture.start();
    let heard = 0;
    const tell: ((events: readonly LoomEvent[]) => void)[] = [];
    const index = new StrandIndex({ ...loom.store, onCommit: (listener) => (tell.push(listener), () => {}) }, quietLog, new FakeClock());
    await index.start();
    index.on((change) => (heard += change.events.length));
    tell[0]!(Array.from({ length: 300_000 }, (_, seq) => ({ seq, at: 1, type: "some", strandId: null, runId: null, data: {} })));
    await index.settled();
    expect(heard).toBe(300_000);
    await index.stop();
  });

  it("has read what it began to read when it has stopped", async () => {
    await using loom = await MirrorFixture.start();
    const tell: ((events: readonly LoomEvent[]) => void)[] = [];
    const reading = Promise.withResolvers<[]>();
    const strands = { ...loom.store.strands, all: async () => [], getMany: () => reading.promise };
    const index = new StrandIndex({ ...loom.store, strands, onCommit: (listener) => (tell.push(listener), () => {}) }, quietLog, new FakeClock());
    await index.start();
    tell[0]!([{ seq: 1, at: 1, type: "some", strandId: "a", runId: null, data: {} }]);
    let stopped = false;
    const stop = index.stop().then(() => (stopped = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(stopped).toBe(false);
    reading.resolve([]);
    await stop;
  });
});
