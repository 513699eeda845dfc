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

it("takes nothing in of a source that has other jobs each time, beside those that it lost, until a person believes it", async () => {
  const looks: Parameters<Store["strands"]["applyLook"]>[0][] = [];
  const store = {
    sources: { list: async () => [record], setHealth: async () => ({ outcome: "ok" }) },
    strands: {
      all: async () => Array.from({ length: MOST_JOBS }, (_, i) => strand(String(i))),
      applyLook: async (look: (typeof looks)[number]) => (looks.push(look), { outcome: "ok", look: look.expectedLook + 1 }),
    },
    runs: { observe: async () => ({ outcome: "ok" }) },
  } as unknown as Store;
  const source: Source = { identity: "i", label: "S", can: record.can, snapshot: async () => ({ jobs: [job] }) };
  const clock = new FakeClock(0);
  const mirror = new SourceMirror({ store, clock, log: quietLog, source, record });
  const answered = async (look: Promise<boolean>): Promise<boolean> => {
    let answer: boolean | undefined;
    void look.then((healthy) => (answer = healthy));
    while (answer === undefined) await clock.advance(1_000);
    return answer;
  };
  await mirror.start();
  expect(await answered(mirror.look())).toBe(false);
  expect(mirror.health).toMatchObject({ freshness: "incompatible", message: expect.stringMatching(/^It would have 10001 jobs/) });
  expect(looks).toEqual([]);
  expect(await answered(mirror.accept())).toBe(true);
  expect(looks[0]!.changes).toHaveLength(MOST_JOBS + 1);
  expect(mirror.health.freshness).toBe("fresh");
  const stopped = mirror.stop();
  await clock.advance(1_000);
  await stopped;
});
