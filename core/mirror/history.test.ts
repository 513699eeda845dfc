import { expect, test } from "vitest";
import { FakeClock } from "../testing/fakeClock.ts";
import type { Log } from "../log/log.ts";
import type { Store } from "../store/contract.ts";
import type { Source } from "./contract.ts";
import { HistoryImport } from "./history.ts";

test("of many jobs whose runs cannot be read some are told in the log, and the last of them as the last", async () => {
  const told: object[] = [];
  const log = { warn: (_text: string, data: object) => void told.push(data) } as unknown as Log;
  const source = { runs: () => Promise.reject(new Error("refused")) } as unknown as Source;
  const stop = new AbortController();
  const history = new HistoryImport({ store: {} as Store, clock: new FakeClock(), log, source: () => source, signal: stop.signal, outputBytes: 0 });
  for (let n = 0; n < 50; n++) {
    history.consider({ id: `job ${n}`, historyMark: "1", running: null }, { strandId: `s${n}`, firstSeenAt: 0, importedMark: null, historyComplete: false, active: null });
  }
  await history.settled();
  stop.abort();
  expect(told).toHaveLength(20);
  expect(told.filter((data) => "more" in data)).toEqual([told[19]]);
});
