import { describe, expect, it } from "vitest";
import type { ObservedRun } from "../../core/mirror/contract.ts";
import { MirrorFixture } from "../support/mirrorFixture.ts";
import { mirrored } from "../support/mirrored.ts";
import { ScriptedSource } from "../support/scriptedSource.ts";

const NOON = Date.UTC(2026, 10, 21, 12);

describe("what a mirror stores part by part", () => {
  it("stores a look of very many changes part by part, and compares it whole again where Loom died in between", async () => {
    const { loom, source } = await mirrored((it) => {
      Object.assign(it, { runs: undefined });
      for (let n = 0; n < 600; n++) it.add(`j${n}`);
    });
    await using _loom = loom;
    const { strands } = loom.store;
    const applyLook = strands.applyLook.bind(strands);
    const sizes: number[] = [];
    strands.applyLook = async (look) => (sizes.push(look.changes.length), applyLook(look));
    for (let n = 0; n < 600; n++) source.edit(`j${n}`, { definition: { id: `j${n}`, edited: 1 } });
    await loom.look();
    expect(sizes).toEqual([500, 100]);
    let parts = 0;
    strands.applyLook = async (look) => (++parts > 1 ? Promise.reject(new Error("killed")) : applyLook(look));
    for (let n = 0; n < 600; n++) source.edit(`j${n}`, { definition: { id: `j${n}`, edited: 2 } });
    source.wake();
    await loom.until(() => parts > 1);
    await loom.close();
    await loom.open();
    await loom.look();
    const all = await loom.store.strands.all();
    expect(all.filter(({ definition }) => definition["edited"] === 2)).toHaveLength(600);
    expect(new Set(all.map(({ version }) => version))).toEqual(new Set([3]));
  });

  it("stores what is heavy part by part, already at first sight", async () => {
    const loom = await MirrorFixture.start();
    await using _loom = loom;
    const { strands } = loom.store;
    const applyLook = strands.applyLook.bind(strands);
    const sizes: number[] = [];
    strands.applyLook = async (look) => (sizes.push(look.changes.length), applyLook(look));
    const source = new ScriptedSource();
    Object.assign(source, { runs: undefined });
    for (let n = 0; n < 10; n++) source.add(`j${n}`, { definition: { id: `j${n}`, text: "\u0001".repeat(100_000) } });
    loom.register(source);
    await loom.until(() => sizes.length === 4);
    await loom.look();
    expect(sizes).toEqual([3, 3, 3, 1]);
    expect((await loom.store.changes.list({ asking: true, limit: 10 })).items).toEqual([]);
  });

  it("stores very many new runs part by part, and reads them to their end after a crash in between", async () => {
    const { loom, source } = await mirrored((it) => {
      it.pageSize = 100;
      it.add("a");
      it.finish("a", NOON + 1_000);
    });
    await using _loom = loom;
    source.trouble = new Error("away");
    for (let n = 1; n <= 900; n++) source.finish("a", NOON + 1_000 + n * 1_000);
    const { runs } = loom.store;
    const observe = runs.observe.bind(runs);
    const stored: number[] = [];
    runs.observe = async (news) => {
      stored.push(news.finished.length);
      if (stored.length === 3) throw new Error("killed");
      return observe(news);
    };
    source.trouble = null;
    await loom.until(() => stored.length >= 3);
    await loom.close();
    await loom.open();
    await loom.look();
    expect(Math.max(...stored)).toBeLessThanOrEqual(500);
    expect((await loom.store.runs.list({ strandId: loom.strand("job a")!.id, limit: 1_000 })).items).toHaveLength(901);
    source.pagesRead.length = 0;
    source.finish("a", NOON + 5_000_000);
    await loom.look();
    expect(source.pagesRead).toEqual(["a@0"]);
  });

  it("hands long outputs over part by part, however they are written as JSON, and lets only the last old failure ask", async () => {
    const said = (text: string): Partial<ObservedRun> => ({ status: "failed", steps: [{ id: "exec", status: "failed", output: text.repeat(50_000) }] });
    const { loom, source } = await mirrored((it) => {
      it.pageSize = 100;
      it.add("new");
    });
    await using _loom = loom;
    const { runs } = loom.store;
    const observe = runs.observe.bind(runs);
    const parts: { readonly runs: number; readonly characters: number }[] = [];
    runs.observe = async (news) => (parts.push({ runs: news.finished.length, characters: JSON.stringify(news).length }), observe(news));
    source.trouble = new Error("away");
    source.add("old");
    for (let n = 1; n <= 40; n++) source.finish("old", NOON - n * 60_000, said("\u0001"));
    for (let n = 1; n <= 40; n++) source.finish("new", NOON + n * 60_000, said("\u0001"));
    source.trouble = null;
    await loom.look();
    expect(Math.max(...parts.map(({ characters }) => characters))).toBeLessThan(2 * 1_048_576 + 1_000);
    expect(parts.reduce((sum, part) => sum + part.runs, 0)).toBe(80);
    expect(Math.max(...parts.map((part) => part.runs))).toBeGreaterThan(3);
    expect([loom.strand("job old")!.redRuns, loom.strand("job new")!.redRuns]).toEqual([1, 40]);
    const ends = loom.events.filter(({ type }) => type === "run.finished").map(({ data }) => data["finishedAt"] as number);
    expect(ends).toHaveLength(40);
    expect(ends).toEqual(ends.toSorted((a, b) => a - b));
  });
});
