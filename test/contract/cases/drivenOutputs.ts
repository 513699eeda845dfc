import { expect } from "vitest";
import type { Store } from "../../../core/store/contract.ts";
import { aRun, T, withStrands } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";
import { DrivenStage } from "../wovenFixtures.ts";

/** How much of an output is kept, and of that its first part. */
const KEPT = 16 * 1_048_576;
const HEAD = KEPT / 2;
const bytesOf = (text: string): number => Buffer.byteLength(text);

async function begun(store: Store): Promise<(text: string) => Promise<unknown>> {
  await DrivenStage.begun(store, [{ id: "fetch" }]);
  return (text) => store.driven.appendOutput({ runId: "r1", step: "fetch", text, at: T });
}

/** Everything from an offset on, asked for piece by piece. */
async function readAll(store: Store, from: number, limit: number): Promise<string> {
  let text = "";
  for (let offset = from; ; ) {
    const part = (await store.driven.outputAfter("r1", "fetch", offset, limit))!;
    if (part.text === "") return text;
    expect(bytesOf(part.text)).toBeLessThanOrEqual(limit);
    text += part.text;
    offset = part.from + bytesOf(part.text);
  }
}

export const drivenOutputCases: readonly StoreCase[] = [
  {
    name: "output grows at its end, and is read from any byte on in whole characters",
    async run({ store, reopen }) {
      const append = await begun(store);
      expect(await append("eins\n")).toEqual({ outcome: "ok", bytes: 5 });
      expect(await append("zwölf\n")).toEqual({ outcome: "ok", bytes: 12 });
      expect(await append("")).toEqual({ outcome: "ok", bytes: 12 });
      const reopened = await reopen();
      const after = (offset: number, limit = 100) => reopened.driven.outputAfter("r1", "fetch", offset, limit);
      expect(await after(0)).toEqual({ from: 0, text: "eins\nzwölf\n", bytes: 12, missing: null });
      expect(await after(5)).toEqual({ from: 5, text: "zwölf\n", bytes: 12, missing: null });
      expect(await after(8)).toEqual({ from: 9, text: "lf\n", bytes: 12, missing: null });
      expect(await after(5, 3)).toEqual({ from: 5, text: "zw", bytes: 12, missing: null });
      expect(await after(12)).toEqual({ from: 12, text: "", bytes: 12, missing: null });
      expect(await after(99)).toEqual({ from: 12, text: "", bytes: 12, missing: null });
      expect((await reopened.runs.get("r1"))!.steps).toMatchObject([{ outputTail: "eins\nzwölf\n", outputBytes: 12, outputKeptBytes: 12 }]);
      expect(await reopened.runs.output("r1", "fetch")).toEqual({ text: "eins\nzwölf\n", bytes: 12 });
    },
  },
  {
    name: "lines that come one by one are read as one text",
    async run({ store }) {
      const append = await begun(store);
      const lines = Array.from({ length: 3_000 }, (_, n) => `line ${n} ö\n`);
      await Promise.all(lines.map(append));
      expect(await readAll(store, 0, 1_000)).toBe(lines.join(""));
      expect(await readAll(store, bytesOf(lines.slice(0, 1_500).join("")), 77)).toBe(lines.slice(1_500).join(""));
    },
  },
  {
    name: "of a long output the first and the last half are kept, and what is missing between them is told",
    async run({ store, reopen }) {
      const append = await begun(store);
      const piece = (n: number): string => `${String(n).padStart(7, "0")}ü\n`.repeat(6_000);
      const pieces = Array.from({ length: 400 }, (_, n) => piece(n));
      for (const text of pieces) await append(text);
      const whole = Buffer.from(pieces.join(""));
      const reopened = await reopen();
      const { bytes, missing } = (await reopened.driven.outputAfter("r1", "fetch", 0, 1))!;
      // No character is cut.
      expect([bytes, missing!.from]).toEqual([whole.length, HEAD - 1]);
      // The last part begins with a piece.
      expect(bytes - missing!.to).toBeGreaterThanOrEqual(HEAD);
      expect(bytes - missing!.to).toBeLessThan(HEAD + bytesOf(piece(0)));
      const missed = whole.toString("utf8", missing!.from, missing!.to);
      expect(missing!.lines).toBe(missed.split("\n").length - 1);
      const kept = whole.toString("utf8", 0, missing!.from) + whole.toString("utf8", missing!.to);
      expect((await readAll(reopened, 0, 262_144)) === kept).toBe(true);
      expect((await readAll(reopened, HEAD + 5, 1_048_576)) === whole.toString("utf8", missing!.to)).toBe(true);
      expect(await reopened.driven.outputAfter("r1", "fetch", HEAD - 5, 100)).toMatchObject({ from: HEAD - 5, text: whole.toString("utf8", HEAD - 5, HEAD - 1) });
      const [step] = (await reopened.runs.get("r1"))!.steps;
      expect(step).toMatchObject({ outputBytes: bytes, outputKeptBytes: bytesOf(kept) });
      expect(kept.endsWith(step!.outputTail!)).toBe(true);
      expect(bytesOf(step!.outputTail!)).toBeGreaterThan(4_090);
    },
  },
  {
    name: "one piece that is longer than what is kept leaves its beginning and its end",
    async run({ store }) {
      const append = await begun(store);
      await append("before\n");
      await append(`${"x".repeat(KEPT)}\n`);
      const missing = { from: HEAD, to: HEAD + 8, lines: 0 };
      expect(await store.driven.outputAfter("r1", "fetch", 6, 3)).toEqual({ from: 6, text: "\nxx", bytes: KEPT + 8, missing });
      expect(await store.driven.outputAfter("r1", "fetch", HEAD + 1, 3)).toEqual({ from: HEAD + 8, text: "xxx", bytes: KEPT + 8, missing });
      await append("after");
      expect(await store.driven.outputAfter("r1", "fetch", KEPT + 6, 9)).toEqual({ from: KEPT + 6, text: "x\nafter", bytes: KEPT + 13, missing });
    },
  },
  {
    name: "a row without output has none, and no row is told as such",
    async run({ store }) {
      await begun(store);
      expect(await store.driven.outputAfter("r1", "fetch", 0, 10)).toEqual({ from: 0, text: "", bytes: 0, missing: null });
      expect(await store.driven.outputAfter("r1", "post", 0, 10)).toBeNull();
      expect(await store.runs.output("r1", "fetch")).toBeNull();
      expect(await store.driven.appendOutput({ runId: "r1", step: "post", text: "x", at: T })).toEqual({ outcome: "not_found" });
    },
  },
  {
    name: "what an owner told of an output can be read from any byte on as well",
    async run({ store }) {
      await withStrands(store, "a");
      const output = `${"x".repeat(5_000)}end`;
      await store.runs.observe({ strandId: "a", at: T, finished: [aRun("k", { steps: [{ id: "exec", status: "completed", output, outputBytes: 6_003 }] })] });
      const [run] = (await store.runs.list({ limit: 1 })).items;
      expect(await store.driven.outputAfter(run!.id, "exec", 6_000, 100)).toEqual({ from: 6_000, text: "end", bytes: 6_003, missing: { from: 0, to: 1_000, lines: 0 } });
      expect(await store.driven.outputAfter(run!.id, "exec", 0, 2)).toEqual({ from: 1_000, text: "xx", bytes: 6_003, missing: { from: 0, to: 1_000, lines: 0 } });
    },
  },
  {
    name: "artifacts are kept byte for byte, the last of a name",
    async run({ store, reopen }) {
      await DrivenStage.begun(store, [{ id: "fetch" }]);
      const keep = (name: string, data: Uint8Array, at = T) => store.driven.keepArtifact({ runId: "r1", step: "fetch", name, kind: "bytes", data, at });
      const all = Uint8Array.from({ length: 256 }, (_, n) => n);
      expect(await keep("b.bin", Buffer.from("old"))).toEqual({ outcome: "ok" });
      await keep("a.bin", Buffer.alloc(0), T + 1);
      await keep("b.bin", all, T + 2);
      expect(await store.driven.keepArtifact({ runId: "r1", step: "post", name: "x", kind: "text", data: all, at: T })).toEqual({ outcome: "not_found" });
      const reopened = await reopen();
      expect(await reopened.driven.artifacts("r1")).toEqual([
        { stepId: "fetch", name: "a.bin", kind: "bytes", bytes: 0, createdAt: T + 1 },
        { stepId: "fetch", name: "b.bin", kind: "bytes", bytes: 256, createdAt: T + 2 },
      ]);
      const found = await reopened.driven.artifactAfter("r1", "fetch", "b.bin", 0);
      expect(found).toMatchObject({ kind: "bytes", bytes: 256, createdAt: T + 2 });
      expect([...found!.data]).toEqual([...all]);
      expect(await reopened.driven.artifactAfter("r1", "fetch", "c.bin", 0)).toBeNull();
    },
  },
  {
    name: "a run has five thousand artifacts at most, and one of them may be replaced",
    async run({ store }) {
      await DrivenStage.begun(store, [{ id: "fetch" }]);
      const keep = (name: string) => store.driven.keepArtifact({ runId: "r1", step: "fetch", name, kind: "bytes", data: Buffer.from("x"), at: T });
      await Promise.all(Array.from({ length: 5_000 }, (_, n) => keep(`a${n}`)));
      expect(await keep("a17")).toEqual({ outcome: "ok" });
      await expect(keep("more")).rejects.toMatchObject({ code: "TOO_LARGE", message: "The run has 5000 artifacts, and may have no more." });
      expect(await store.driven.artifacts("r1")).toHaveLength(5_000);
    },
  },
  {
    name: "an artifact is read part by part, a MiB of it at most",
    async run({ store }) {
      await DrivenStage.begun(store, [{ id: "fetch" }]);
      const data = Buffer.concat([Buffer.alloc(1_048_576, 1), Buffer.alloc(1_048_576, 2), Buffer.from([3])]);
      await store.driven.keepArtifact({ runId: "r1", step: "fetch", name: "long", kind: "bytes", data, at: T });
      await store.driven.keepArtifact({ runId: "r1", step: "fetch", name: "none", kind: "bytes", data: Buffer.alloc(0), at: T });
      const part = async (name: string, offset: number) => (await store.driven.artifactAfter("r1", "fetch", name, offset))!.data;
      expect([(await part("long", 0)).length, (await part("long", 1_048_576))[0], [...(await part("long", 2_097_152))], (await part("long", 2_097_153)).length]).toEqual([1_048_576, 2, [3], 0]);
      expect(await part("none", 0)).toHaveLength(0);
    },
  },
];
