import { expect, it } from "vitest";
import { FakeClock } from "../testing/fakeClock.ts";
import { quietLog } from "../testing/quietLog.ts";
import type { SourceRecord, Store, StrandRecord } from "../store/contract.ts";
import type { ObservedJob, Source } from "./contract.ts";
import { MOST_JOBS } from "./mostJobs.ts";
import { SourceMirror } from "./sourceMirror.ts";

const job = { id: "new", name: "new", enabled: true, schedule: { kind: "manual" }, steps: [], historyMark: null, definition: {} } satisfies ObservedJob;
const record: SourceRecord = {
  id: "s", plugin: "p", instance: "i", nodeId: "n", identity: "i", label: "S", can: { setEnabled: true, runNow: true }, firingsWhileOff: {}, look: 1, revision: null, retiredAt: null,
  health: { freshness: "fresh", since: 0, lastGoodReadAt: 0, version: null, schedulerOn: true, message: null, help: null },
};
const strand = (id: string): StrandRecord => ({ ...job, id: `s:${id}`, sourceId: "s", ownerJobId: id, name: id, goneAt: null, importedMark: "gone 0", historyComplete: true, activeRun: null }) as unknown as StrandRecord;

type LookTaken = Parameters<Store["strands"]["applyLook"]>[0];

/** A mirror over a store that takes everything; `answered` lets time pass until a look is over. */
async function mirrorOf(source: Source, stored: readonly StrandRecord[] = []) {
  const looks: LookTaken[] = [];
  const store = {
    sources: { list: async () => [record], setHealth: async () => ({ outcome: "ok" }) },
    strands: {
      goneFrom: async () => [],
      getMany: async () => [],
      all: async () => stored,
      applyLook: async (look: LookTaken) => (looks.push(look), { outcome: "ok", look: look.expectedLook + 1 }),
    },
    runs: { known: async () => [], observe: async () => ({ outcome: "ok" }) },
  } as unknown as Store;
  const clock = new FakeClock(0);
  const mirror = new SourceMirror({ store, clock, log: quietLog, source, record });
  await mirror.start();
  const answered = async <T>(promise: Promise<T>): Promise<T> => {
    let isOver = false;
    void promise.finally(() => (isOver = true));
    while (!isOver) await clock.advance(1_000);
    return promise;
  };
  return { mirror, looks, answered, [Symbol.asyncDispose]: () => answered(mirror.stop()) };
}

it("takes nothing in of a source that has other jobs each time, beside those that it lost, until a person believes it", async () => {
  const source: Source = { identity: "i", label: "S", can: record.can, snapshot: async () => ({ jobs: [job] }) };
  await using it = await mirrorOf(source, Array.from({ length: MOST_JOBS }, (_, i) => strand(String(i))));
  const { mirror, looks, answered } = it;
  expect(await answered(mirror.look())).toBe(false);
  expect(mirror.health).toMatchObject({ freshness: "incompatible", message: expect.stringContaining(`It would have ${MOST_JOBS + 1} jobs`) });
  expect(looks).toEqual([]);
  expect(await answered(mirror.accept())).toBe(true);
  expect(looks.flatMap(({ changes }) => changes)).toHaveLength(MOST_JOBS + 1);
  expect(mirror.health.freshness).toBe("fresh");
});

it("reads no more of the runs of jobs that went before the last thousand", async () => {
  const went = (name: string): ObservedJob[] => Array.from({ length: 1_000 }, (_, i) => ({ ...job, id: `${name} ${i}` }));
  const asked: string[] = [];
  const first = Promise.withResolvers<void>();
  let departed = went("early");
  const runs: Source["runs"] = async (id) => (asked.push(id), await first.promise, { runs: [], next: null });
  await using it = await mirrorOf({ identity: "i", label: "S", can: record.can, snapshot: async () => ({ jobs: [], departed }), runs });
  const { mirror, answered } = it;
  await answered(mirror.look());
  departed = went("late");
  await answered(mirror.look());
  first.resolve();
  await answered(mirror.imported());
  expect(asked).toHaveLength(1_001);
  expect(asked.filter((id) => id.startsWith("early"))).toEqual(["early 0"]);
});
