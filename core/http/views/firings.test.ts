import { expect, test } from "vitest";
import { aStrand, healthy, T } from "../../../test/contract/fixtures.ts";
import type { SourceRecord, StrandRecord, StrandState } from "../../store/contract.ts";
import { nextFiring, nextFirings } from "./firings.ts";

const MINUTE = 60_000;

function strandWith(over: Partial<StrandState & Pick<StrandRecord, "lastRun" | "goneAt">>): StrandRecord {
  return { ...aStrand("s:1:a"), goneAt: null, lastRun: null, ...over } as StrandRecord;
}
function sourceWith(schedulerOn: boolean): SourceRecord {
  return { health: healthy({ schedulerOn }) } as SourceRecord;
}
const hourly = { kind: "cron", expression: "0 * * * *", zone: "UTC" } as const;

test("the owner's own firing stands, also when it is past", () => {
  expect(nextFiring(strandWith({ nextRunAt: T - MINUTE }), undefined, T)).toEqual({ at: T - MINUTE, by: "owner", note: null });
});

test("what the owner does not tell is computed", () => {
  expect(nextFiring(strandWith({ ownerTellsNext: false, schedule: hourly }), undefined, T + 1)).toEqual({ at: T + 60 * MINUTE, by: "computed", note: null });
});

test("nothing is planned while the strand or its scheduler is off, it left the page, or the owner plans nothing", () => {
  const off = [strandWith({ enabled: false }), strandWith({ goneAt: T }), strandWith({ nextRunAt: null }), strandWith({ ownerTellsNext: false, schedule: { kind: "manual" } })];
  for (const strand of off) expect([nextFiring(strand, undefined, T), nextFirings(strand, undefined, T, 10)]).toEqual([null, []]);
  expect(nextFiring(strandWith({}), sourceWith(false), T)).toBeNull();
  expect(nextFiring(strandWith({}), sourceWith(true), T)).not.toBeNull();
});

test("an owner that holds back after an error fires later than it says", () => {
  expect(nextFiring(strandWith({ nextRunAt: T, notBefore: T + MINUTE }), undefined, T)).toEqual({ at: T + MINUTE, by: "owner", note: "held back after an error" });
  expect(nextFiring(strandWith({ ownerTellsNext: false, schedule: hourly, notBefore: T + 90 * MINUTE }), undefined, T)?.at).toBe(T + 120 * MINUTE);
});

test("an interval goes on from the firing that the owner tells", () => {
  const strand = strandWith({ nextRunAt: T + 17_000, schedule: { kind: "every", everyMs: MINUTE, anchorMs: T, drifts: true } });
  expect(nextFirings(strand, undefined, T, 3).map(({ at, by }) => [at - T, by])).toEqual([[17_000, "owner"], [77_000, "computed"], [137_000, "computed"]]);
});

test("a cron job's computed firings follow the owner's, without saying it twice", () => {
  const strand = strandWith({ nextRunAt: T + 60 * MINUTE, schedule: hourly });
  expect(nextFirings(strand, undefined, T, 3).map(({ at }) => (at - T) / MINUTE)).toEqual([60, 120, 180]);
});

test("a firing that is late is followed by those to come, not by those that passed", () => {
  const strand = strandWith({ nextRunAt: T - 180 * MINUTE, schedule: hourly });
  expect(nextFirings(strand, undefined, T, 3).map(({ at }) => (at - T) / MINUTE)).toEqual([-180, 60, 120]);
});

test("of a rare schedule the next firing is told, however far it is, and after it only those of ten years", () => {
  const year = (at: number): number => new Date(at).getUTCFullYear();
  const every4 = strandWith({ ownerTellsNext: false, schedule: { kind: "cron", expression: "0 0 29 2 *", zone: "UTC" } });
  expect(nextFirings(every4, undefined, T, 10).map(({ at }) => year(at))).toEqual([2028, 2032]);
  const fifthMonday = strandWith({ ownerTellsNext: false, schedule: { kind: "cron", expression: "0 0 * 2 1#5", zone: "UTC" } });
  expect(nextFirings(fifthMonday, undefined, T, 10).map(({ at }) => year(at))).toEqual([2044]);
});
