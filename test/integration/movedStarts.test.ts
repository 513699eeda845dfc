import { describe, expect, it } from "vitest";
import { strandStatus } from "../../core/registry/strandStatus.ts";
import type { MirrorFixture } from "../support/mirrorFixture.ts";
import { mirrored } from "../support/mirrored.ts";
import { finishedRun } from "../support/scriptedSource.ts";

const NOON = Date.UTC(2026, 10, 21, 12);

const runsOf = async (loom: MirrorFixture, name: string): Promise<string[]> =>
  (await loom.store.runs.list({ strandId: loom.strand(name)!.id, limit: 100 })).items.map((run) => `${run.externalKey} ${run.status}`);

describe("the mirror of a scheduler that shows runs under way before they start", () => {
  it("takes a run that was shown before it started for one", async () => {
    const { loom, source } = await mirrored((source) => (source.add("a"), (source.startsMayMove = true)));
    await using _loom = loom;
    source.begin("a", NOON + 1000);
    await loom.look();
    source.finish("a", NOON + 1900);
    await loom.look();
    expect(await runsOf(loom, "job a")).toEqual([`${NOON + 1900} succeeded`]);
  });

  it.each([["at the first look of all", false], ["that is stored already", true]])("takes a run under way %s for the one that its history tells by the time it is read", async (_when, known) => {
    const { loom, source } = await mirrored((source) => (known && source.add("a"), (source.startsMayMove = true)));
    await using _loom = loom;
    source.add("a", { running: { key: `${NOON + 1000}`, startedAt: NOON + 1000 } });
    if (known) await loom.look();
    if (known) expect(await runsOf(loom, "job a")).toEqual([`${NOON + 1000} running`]);
    source.history.set("a", [finishedRun(NOON + 1900)]);
    source.edit("a", { historyMark: "a mark that came before the end" });
    await loom.look();
    expect(await runsOf(loom, "job a")).toEqual([`${NOON + 1900} succeeded`]);
    source.edit("a", { running: null, historyMark: `${NOON + 1900}` });
    await loom.look();
    await loom.pass(60_000);
    expect(await runsOf(loom, "job a")).toEqual([`${NOON + 1900} succeeded`]);
    expect(loom.strand("job a")!.activeRun).toBeNull();
  });

  it.each([["goes on", false], ["is restarted", true]])("takes a run that it called lost for the one that its owner tells late, under a later start, when Loom %s", async (_how, restart) => {
    const { loom, source } = await mirrored((source) => (source.add("a"), (source.startsMayMove = true)));
    await using _loom = loom;
    source.finish("a", NOON + 500);
    await loom.look();
    source.begin("a", NOON + 1000);
    await loom.look();
    source.edit("a", { running: null });
    await loom.look();
    await loom.until(() => strandStatus(loom.strand("job a")!) === "failed");
    if (restart) await loom.close();
    source.finish("a", NOON + 3000);
    if (restart) await loom.open();
    await loom.look();
    expect(await runsOf(loom, "job a")).toEqual([`${NOON + 3000} succeeded`, `${NOON + 500} succeeded`]);
    source.finish("a", NOON + 4000);
    await loom.look();
    expect(await runsOf(loom, "job a")).toEqual([`${NOON + 4000} succeeded`, `${NOON + 3000} succeeded`, `${NOON + 500} succeeded`]);
  });

  it("does not take the next run for one that it called lost, where another one ran in between", async () => {
    const { loom, source } = await mirrored((source) => (source.add("a"), (source.startsMayMove = true)));
    await using _loom = loom;
    source.begin("a", NOON + 1000);
    await loom.look();
    source.edit("a", { running: null });
    await loom.look();
    await loom.until(() => strandStatus(loom.strand("job a")!) === "failed");
    source.finish("a", NOON + 1000, { status: "failed", code: "interrupted" });
    await loom.look();
    source.finish("a", NOON + 4000);
    await loom.look();
    expect(await runsOf(loom, "job a")).toEqual([`${NOON + 4000} succeeded`, `${NOON + 1000} failed`]);
  });

  it("does not take the next run for one that ended unseen long before, nor where starts stay", async () => {
    for (const [startsMayMove, later] of [[true, 400_000], [false, 900]] as const) {
      const { loom, source } = await mirrored((source) => (source.add("a"), (source.startsMayMove = startsMayMove)));
      await using _loom = loom;
      source.begin("a", NOON + 1000);
      await loom.look();
      source.finish("a", NOON + 1000 + later);
      await loom.look();
      await loom.until(() => loom.strand("job a")!.activeRun === null);
      expect(await runsOf(loom, "job a")).toEqual([`${NOON + 1000 + later} succeeded`, `${NOON + 1000} failed`]);
    }
  });

  it("does not take a run that somebody asked for in the meantime for one whose end is not told yet", async () => {
    const { loom, source } = await mirrored((source) => (source.add("a"), (source.startsMayMove = true)));
    await using _loom = loom;
    source.begin("a", NOON + 1000);
    await loom.look();
    source.finish("a", NOON + 1900, { trigger: "manual" });
    await loom.look();
    expect(await runsOf(loom, "job a")).toEqual([`${NOON + 1900} succeeded`, `${NOON + 1000} running`]);
    source.finish("a", NOON + 1000, { status: "failed", code: "interrupted" });
    await loom.until(() => loom.strand("job a")!.activeRun === null);
    expect(await runsOf(loom, "job a")).toEqual([`${NOON + 1900} succeeded`, `${NOON + 1000} failed`]);
    expect(loom.told()).not.toContain("run.corrected");
  });
});
