import { expect, it } from "vitest";
import { usedHeap } from "../../../test/support/heap.ts";
import type { Commands } from "../../command/contract.ts";
import type { StrandIndex } from "../../registry/strandIndex.ts";
import type { PauseRecord, Store, StrandRecord } from "../../store/contract.ts";
import { FakeClock } from "../../testing/fakeClock.ts";
import { quietLog } from "../../testing/quietLog.ts";
import { PauseService } from "./service.ts";

it("keeps of the pauses of a strand that ended the last one, however often it is paused", async () => {
  const clock = new FakeClock();
  let current: PauseRecord;
  const store = {
    pauses: {
      list: async () => [],
      begin: async (begun: Omit<PauseRecord, "phase" | "phaseAt" | "endedAt">) => ({ outcome: "ok", pause: (current = { ...begun, phase: "pausing", phaseAt: begun.at, endedAt: null }) }),
      resume: async (_id: string, _by: string, at: number) => ({ outcome: "ok", pause: { ...current, phase: "resuming", phaseAt: at, endedAt: at } }),
    },
  } as unknown as Store;
  const woven = { id: "w", kind: "woven", goneAt: null } as StrandRecord;
  const index = { strand: () => woven, strands: () => [woven], settled: async () => {} } as unknown as StrandIndex;
  const pauses = new PauseService({ store, commands: {} as Commands, index, askWaitMs: () => null, clock, log: quietLog });
  const again = async (times: number): Promise<void> => {
    for (let n = 0; n < times; n++) {
      await pauses.pause("w", "ann");
      await pauses.resume("w", "ann");
    }
  };
  await again(200);
  const before = usedHeap();
  await again(2_000);
  expect((usedHeap() - before) / 2_000).toBeLessThan(100);
  await pauses.stop();
});

it("stores one pause after the other, however many are asked for at once", async () => {
  const clock = new FakeClock();
  let [underWay, most] = [0, 0];
  const begun = async <T>(answer: T): Promise<T> => {
    most = Math.max(most, ++underWay);
    await new Promise((resolve) => setImmediate(resolve));
    underWay--;
    return answer;
  };
  const pause: PauseRecord = { id: "p", strandId: null, by: "ann", at: 0, phase: "pausing", phaseAt: 0, endedAt: null, entries: [] };
  const store = { pauses: { list: async () => [], begin: () => begun({ outcome: "ok", pause }), again: () => begun({ outcome: "ok", pause }) } } as unknown as Store;
  const index = { strands: () => [], settled: async () => {} } as unknown as StrandIndex;
  const pauses = new PauseService({ store, commands: {} as Commands, index, askWaitMs: () => null, clock, log: quietLog });
  await Promise.all(Array.from({ length: 10 }, () => pauses.pause(null, "ann")));
  expect(most).toBe(1);
  const late = pauses.pause(null, "ann");
  const tooLate = pauses.pause(null, "ann");
  await Promise.all([pauses.stop(), late.catch(() => {}), expect(tooLate).rejects.toMatchObject({ code: "STOPPING" })]);
});
