import { expect } from "vitest";
import type { Store } from "../../../core/store/contract.ts";
import { aRun, T, withStrands } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";
import { DrivenStage } from "../wovenFixtures.ts";

const KEPT = 262_144;
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
      expect(await after(0)).toEqual({ from: 0, text: "eins\nzwölf\n", bytes: 12 });
      expect(await after(5)).toEqual({ from: 5, text: "zwölf\n", bytes: 12 });
      expect(await after(8)).toEqual({ from: 9, text: "lf\n", bytes: 12 });
      expect(await after(5, 3)).toEqual({ from: 5, text: "zw", bytes: 12 });
      expect(await after(12)).toEqual({ from: 12, text: "", bytes: 12 });
      expect(await after(99)).toEqual({ from: 12, text: "", bytes: 12 });
      expect((await reopened.runs.get("r1"))!.steps).toMatchObject([{ outputTail: "eins\nzwölf\n", outputBytes: 12, outputKeptBytes: 12 }]);
      expect(await reopened.runs.output("r1", "fetch")).toEqual({ text: "eins\nzwölf\n", bytes: 12 });
    },
  },
  {
    name: "of a long output the end is kept, and where it begins is told",
    async run({ store }) {
      const append = await begun(store);
      const piece = (n: number): string => `${String(n).padStart(7, "0")}ü`.repeat(1_000);
      for (let n = 0; n < 50; n++) await append(piece(n));
      const whole = Array.from({ length: 50 }, (_, n) => piece(n)).join("");
      const { text, bytes } = (await store.runs.output("r1", "fetch"))!;
      expect(bytes).toBe(bytesOf(whole));
      expect(bytesOf(text)).toBeLessThanOrEqual(KEPT);
      expect(bytesOf(text)).toBeGreaterThan(KEPT - 9_001);
      expect(whole.endsWith(text)).toBe(true);
      expect((await store.driven.outputAfter("r1", "fetch", 0, 9))!).toEqual({ from: bytes - bytesOf(text), text: text.slice(0, 8), bytes });
      expect(await readAll(store, 0, 10_007)).toBe(text);
      const [step] = (await store.runs.get("r1"))!.steps;
      expect(step).toMatchObject({ outputBytes: bytes, outputKeptBytes: bytesOf(text) });
      expect(whole.endsWith(step!.outputTail!)).toBe(true);
      expect(bytesOf(step!.outputTail!)).toBeGreaterThan(4_090);
    },
  },
  {
    name: "one piece that is longer than what is kept leaves its end",
    async run({ store }) {
      const append = await begun(store);
      await append("before");
      await append("x".repeat(KEPT + 10));
      expect(await store.driven.outputAfter("r1", "fetch", 0, 3)).toEqual({ from: 16, text: "xxx", bytes: KEPT + 16 });
      expect((await store.runs.output("r1", "fetch"))!.text).toHaveLength(KEPT);
    },
  },
  {
    name: "a row without output has none, and no row is told as such",
    async run({ store }) {
      await begun(store);
      expect(await store.driven.outputAfter("r1", "fetch", 0, 10)).toEqual({ from: 0, text: "", bytes: 0 });
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
      expect(await store.driven.outputAfter(run!.id, "exec", 6_000, 100)).toEqual({ from: 6_000, text: "end", bytes: 6_003 });
      expect(await store.driven.outputAfter(run!.id, "exec", 0, 2)).toEqual({ from: 1_000, text: "xx", bytes: 6_003 });
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
      const found = await reopened.driven.artifact("r1", "fetch", "b.bin");
      expect(found).toMatchObject({ kind: "bytes" });
      expect([...found!.data]).toEqual([...all]);
      expect(await reopened.driven.artifact("r1", "fetch", "c.bin")).toBeNull();
    },
  },
];
