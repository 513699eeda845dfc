import { expect, it } from "vitest";
import { T, withStrands } from "../../test/contract/fixtures.ts";
import { sqliteHome } from "../../test/contract/sqliteHome.ts";
import { busyStore } from "../../test/support/busyStore.ts";
import { FakeClock } from "../testing/fakeClock.ts";
import { pruneOccurrences } from "./prune.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

it("forgets nothing for a clock that leaps soon after the first start", async () => {
  const home = await sqliteHome();
  const opened = await home.open();
  const { store, busy } = busyStore(opened);
  const clock = new FakeClock(T);
  const idle = async (): Promise<void> => {
    while (busy()) await new Promise((resolve) => setImmediate(resolve));
  };
  try {
    await withStrands(opened, "a");
    await opened.occurrences.settle({ strandId: "a", at: T, open: [{ dueAt: T, graceMs: 1 }], judge: [{ dueAt: T, from: "open", to: "met" }] });
    using _ = pruneOccurrences({ store, clock, log: { warn: () => {} } as never });
    await idle();
    clock.jump(3_000 * DAY);
    await clock.advance(6 * HOUR);
    await idle();
    expect((await opened.occurrences.list({ limit: 10 })).items).toHaveLength(1);
  } finally {
    await opened.close();
    await home.dispose();
  }
});

it("forgets firings that went well after ninety days, but not for a clock that has just leapt", async () => {
  const home = await sqliteHome();
  const opened = await home.open();
  const { store, busy } = busyStore(opened);
  const clock = new FakeClock(T);
  const said: unknown[] = [];
  const log = { warn: (_: string, facts: unknown) => void said.push(facts) } as never;
  const inSixHours = async (): Promise<number> => {
    // Each time that something is done it has to be over before the next.
    await clock.advance(HOUR);
    while (busy()) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(5 * HOUR);
    while (busy()) await new Promise((resolve) => setImmediate(resolve));
    return (await opened.occurrences.list({ limit: 10 })).items.length;
  };
  try {
    await withStrands(opened, "a");
    const dues = [T - 80 * DAY, T];
    await opened.occurrences.settle({ strandId: "a", at: T, open: dues.map((dueAt) => ({ dueAt, graceMs: 1 })), judge: dues.map((dueAt) => ({ dueAt, from: "open", to: "met" })) });
    using _ = pruneOccurrences({ store, clock, log });
    expect(await inSixHours()).toBe(2);
    clock.jump(60 * DAY);
    expect([await inSixHours(), said]).toEqual([2, [{ from: T + 6 * HOUR, to: T + 12 * HOUR + 60 * DAY }]]);
    clock.jump(-50 * DAY);
    expect([await inSixHours(), said.length]).toEqual([1, 1]);
  } finally {
    await opened.close();
    await home.dispose();
  }
});

it("forgets soon after a start, for it may be stopped before six hours are over", async () => {
  const home = await sqliteHome();
  const opened = await home.open();
  const { store, busy } = busyStore(opened);
  const clock = new FakeClock(T);
  try {
    await withStrands(opened, "a");
    await opened.occurrences.settle({ strandId: "a", at: T, open: [{ dueAt: T - 91 * DAY, graceMs: 1 }], judge: [{ dueAt: T - 91 * DAY, from: "open", to: "met" }] });
    using _ = pruneOccurrences({ store, clock, log: { warn: () => {} } as never });
    await clock.advance(HOUR);
    while (busy()) await new Promise((resolve) => setImmediate(resolve));
    expect((await opened.occurrences.list({ limit: 10 })).items).toEqual([]);
  } finally {
    await opened.close();
    await home.dispose();
  }
});
