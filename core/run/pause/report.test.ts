import { expect, test } from "vitest";
import type { PauseEntry, PauseRecord, StrandRecord } from "../../store/contract.ts";
import { pauseReport } from "./report.ts";

const entry = (strandId: string, state: PauseEntry["state"], over: Partial<PauseEntry> = {}): PauseEntry => ({
  strandId, enabledBefore: true, hashBefore: "h", state, reason: null, commandId: null, hashLeft: null, ...over,
});
const pause = (over: Partial<PauseRecord> = {}): PauseRecord => ({ id: "p", strandId: null, by: "ann", at: 100, phase: "pausing", phaseAt: 100, endedAt: null, entries: [], ...over });
const strand = (id: string, over: Partial<StrandRecord> = {}): StrandRecord => ({ id, kind: "mirrored", enabled: true, goneAt: null, sourceId: "s", ...over }) as StrandRecord;

function report(pauses: PauseRecord[], strands: StrandRecord[] = [], askWaitMs: (sourceId: string, ahead: number) => number | null = () => 0) {
  return pauseReport({ pauses, strands, strand: (id) => strands.find((one) => one.id === id), askWaitMs });
}
const states = (told: ReturnType<typeof report>): string[] => told.strands.map(({ strandId, state, scope }) => `${strandId} ${state} ${scope}`);

test("while everything is paused, workflows and jobs are listed, and what came meanwhile", () => {
  const told = report(
    [pause({ entries: [entry("a", "paused"), entry("b", "pending"), entry("c", "left_out", { reason: "no" }), entry("d", "failed")] })],
    [strand("w", { kind: "woven" }), strand("late"), strand("off", { enabled: false }), strand("a"), strand("b"), strand("c"), strand("d")],
  );
  expect(told.everything).toEqual({ since: 100, by: "ann" });
  expect(states(told)).toEqual(["a paused everything", "b pausing everything", "c left_out everything", "d refused everything", "w paused everything", "late new everything"]);
  expect(told.strands[2]!.reason).toBe("no");
  expect(told.queue.waiting).toBe(1);
});

test("while it is resumed, what is still to be switched on is listed, and what will not be", () => {
  const told = report([pause({ phase: "resuming", entries: [entry("a", "paused"), entry("b", "resumed"), entry("c", "left_out"), entry("d", "changed")] })], [strand("w", { kind: "woven" }), strand("a")]);
  expect([told.everything, states(told), told.queue.waiting]).toEqual([null, ["a resuming everything", "d changed everything"], 1]);
});

test("a strand's own pause is told beside that of everything", () => {
  const told = report([pause({ id: "q", strandId: "w", at: 50 }), pause()], [strand("v", { kind: "woven" }), strand("w", { kind: "woven" })]);
  expect(states(told)).toEqual(["w paused strand", "v paused everything", "w paused everything"]);
  const own = pause({ id: "q", strandId: "a", at: 50, entries: [entry("a", "pending")] });
  expect(states(report([own, pause()], [strand("a")]))).toEqual(["a pausing strand"]);
});

test("what could not be put back is shown after the end, until the next pause of the same", () => {
  const ended = pause({ phase: "resuming", endedAt: 200, entries: [entry("a", "changed", { reason: "It was edited." }), entry("b", "resumed")] });
  expect(states(report([ended]))).toEqual(["a changed everything"]);
  expect(states(report([ended, pause({ id: "next", at: 300 })]))).toEqual([]);
});

test("very many pauses that are over take no longer each than a few", () => {
  const ended = Array.from({ length: 20_000 }, (_, i) => pause({ id: `p${i}`, strandId: `s${i}`, phase: "resuming", endedAt: 200, entries: [entry(`s${i}`, "changed")] }));
  const before = process.cpuUsage();
  expect(report(ended).strands).toHaveLength(20_000);
  // To look for each through all others took two seconds.
  expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
});

test("the longest of the owners' queues tells how long it takes, beyond what owners tell at their pace", () => {
  const jobs = Array.from({ length: 40 }, (_, i) => entry(`j${i}`, "pending"));
  const strands = [...jobs.map(({ strandId }) => strand(strandId)), strand("other", { sourceId: "quick" })];
  // Three each minute, and nothing is told beyond an hour.
  const wait = (sourceId: string, ahead: number): number => (sourceId === "quick" ? 0 : Math.min(3_600_000, Math.floor(ahead / 3) * 60_000));
  const told = report([pause({ entries: [...jobs, entry("other", "pending")] })], strands, wait);
  expect(told.queue).toEqual({ waiting: 41, expectedWaitMs: 13 * 60_000 });
  expect(report([pause({ entries: jobs })], strands, () => null).queue.expectedWaitMs).toBeNull();
});

test("the queue of an owner that takes thirty in a minute all at once is told as long as it is", () => {
  const wait = (_sourceId: string, ahead: number): number => Math.min(3_600_000, Math.floor(ahead / 30) * 60_000);
  const minutesOf = (count: number): number => {
    const jobs = Array.from({ length: count }, (_, i) => entry(`j${i}`, "pending"));
    return report([pause({ entries: jobs })], jobs.map(({ strandId }) => strand(strandId)), wait).queue.expectedWaitMs! / 60_000;
  };
  expect([30, 31, 170].map(minutesOf)).toEqual([0, 1, 5]);
  expect(minutesOf(9_000)).toBeCloseTo(299, -1);
});
