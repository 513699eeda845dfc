import { describe, expect, test } from "vitest";
import { seededRandom } from "../../test/support/random.ts";
import { findLines } from "./findLines.ts";
import type { OutputPart } from "./schemas.ts";
import { outputText } from "./stepOutput.ts";

/** An output in parts of this many bytes, the first of which is no longer kept from byte `start` on. */
async function* inParts(text: string, size: number, start = 0): AsyncGenerator<OutputPart> {
  const bytes = start + Buffer.byteLength(text);
  const missing = start > 0 ? { from: 0, to: start, lines: 0 } : null;
  let from = start;
  for (let i = 0; i < text.length; i += size) {
    const part = text.slice(i, i + size);
    yield { from, text: part, bytes, missing };
    from += Buffer.byteLength(part);
  }
}

describe("lines of an output", () => {
  test("are found whatever the case, with their number and place, wherever a part ends", async () => {
    for (const size of [1, 3, 7, 100]) {
      expect(await findLines(inParts("eins\nZwei\nzwölf Eier\r\nund zwei", size, 40), "ei", 10)).toEqual({
        lines: [
          { number: 1, at: 40, text: "eins" },
          { number: 2, at: 45, text: "Zwei" },
          { number: 3, at: 50, text: "zwölf Eier" },
          { number: 4, at: 63, text: "und zwei" },
        ],
        more: false,
        missing: { from: 0, to: 40, lines: 0 },
      });
    }
  });

  test("keep their numbers and places behind what is missing, which is told", async () => {
    const missing = { from: 10, to: 30, lines: 2 };
    for (const [head, numbers] of [["one\ntwo\nth", [3, 5, 6]], ["one\ntwo\nt\n", [3, 6, 7]]] as const) {
      const parts = async function* (): AsyncGenerator<OutputPart> {
        yield { from: 0, text: head, bytes: 50, missing };
        yield { from: 30, text: "tail\nt", bytes: 50, missing };
      };
      const found = await findLines(parts(), "t", 10);
      expect(found.missing).toEqual(missing);
      expect(found.lines.slice(1)).toEqual([
        { number: numbers[0], at: 8, text: head.slice(8).trimEnd() },
        { number: numbers[1], at: 30, text: "tail" },
        { number: numbers[2], at: 35, text: "t" },
      ]);
      expect((await Array.fromAsync(outputText(parts()))).join("")).toBe(`${head}\n[ 20 bytes are not kept here ]\ntail\nt`);
    }
  });

  test("are told as far as they are not too long together", async () => {
    const text = `${"x".repeat(600)}\n`.repeat(999);
    const { lines, more } = await findLines(inParts(text, 1000), "x", 1000);
    expect(lines.every((line) => line.text.length === 500)).toBe(true);
    expect([lines.length * 500 <= 128 * 1024, (lines.length + 1) * 500 > 128 * 1024, more]).toEqual([true, true, true]);
    expect(lines.map(({ number }) => number)).toEqual(lines.map((_, i) => i + 1));
  });

  test("are told up to the limit, and that there are more", async () => {
    const text = Array.from({ length: 2000 }, (_, i) => `line ${i}`).join("\n");
    const few = await findLines(inParts(text, 1000), "LINE", 3);
    expect([few.lines.map(({ number }) => number), few.more]).toEqual([[1, 2, 3], true]);
    expect((await findLines(inParts(text, 1000), "line", 5000)).lines).toHaveLength(1000);
    expect(await findLines(inParts(text, 1000), "line 1999", 3)).toEqual({ lines: [{ number: 2000, at: Buffer.byteLength(text) - 9, text: "line 1999" }], more: false, missing: null });
    expect(await findLines(inParts("a\nb\n", 1), "b", 1)).toEqual({ lines: [{ number: 2, at: 2, text: "b" }], more: false, missing: null });
    expect(await findLines(inParts("", 1), "b", 1)).toEqual({ lines: [], more: false, missing: null });
  });

  test("that are long are shown around what was looked for", async () => {
    const { lines } = await findLines(inParts(`${"x".repeat(10_000)}needle${"y".repeat(10_000)}`, 999), "needle", 1);
    expect(lines[0]!.text).toHaveLength(500);
    expect(lines[0]!.text.indexOf("needle")).toBe(100);
  });

  test("are the same wherever parts end, also those that are long", async () => {
    const random = seededRandom(20);
    const pick = (below: number): number => Math.floor(random() * below);
    for (let round = 0; round < 300; round++) {
      const text = Array.from({ length: pick(6) }, () => "abN\u00e9\r".charAt(pick(5)).repeat(pick(700)) + (pick(2) ? "nEEdle" : "") + "x".repeat(pick(700))).join("\n");
      const whole = await findLines(inParts(text, text.length + 1), "needle", 1000);
      expect(await findLines(inParts(text, 1 + pick(900)), "needle", 1000)).toEqual(whole);
      expect(whole.lines).toEqual(
        text.split("\n").flatMap((line, i, all) => {
          const place = line.toLowerCase().indexOf("needle");
          const from = Math.min(Math.max(0, place - 100), line.length - 500);
          const at = all.slice(0, i).reduce((sum, before) => sum + Buffer.byteLength(before) + 1, 0);
          return place === -1 ? [] : [{ number: i + 1, at, text: line.length <= 500 ? line.replace(/\r$/, "") : line.slice(from, from + 500) }];
        }),
      );
    }
  });

  test("that are as long as the output are read once, not anew with each part", { timeout: 20_000 }, async () => {
    const part = "x".repeat(256 * 1024);
    async function* endless(): AsyncGenerator<OutputPart> {
      for (let i = 0; i < 400; i++) yield { from: i * part.length, text: part, bytes: 400 * part.length, missing: null };
    }
    expect(await findLines(endless(), "needle", 1)).toEqual({ lines: [], more: false, missing: null });
  });
});
