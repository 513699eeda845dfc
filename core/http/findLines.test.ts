import { describe, expect, test } from "vitest";
import { findLines } from "./findLines.ts";

/** An output in parts of this many bytes, the first of which is no longer kept from byte `start` on. */
async function* inParts(text: string, size: number, start = 0): AsyncGenerator<{ from: number; text: string; bytes: number }> {
  const bytes = start + Buffer.byteLength(text);
  let from = start;
  for (let i = 0; i < text.length; i += size) {
    const part = text.slice(i, i + size);
    yield { from, text: part, bytes };
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
      });
    }
  });

  test("are told up to the limit, and that there are more", async () => {
    const text = Array.from({ length: 2000 }, (_, i) => `line ${i}`).join("\n");
    const few = await findLines(inParts(text, 1000), "LINE", 3);
    expect([few.lines.map(({ number }) => number), few.more]).toEqual([[1, 2, 3], true]);
    expect((await findLines(inParts(text, 1000), "line", 5000)).lines).toHaveLength(1000);
    expect(await findLines(inParts(text, 1000), "line 1999", 3)).toEqual({ lines: [{ number: 2000, at: Buffer.byteLength(text) - 9, text: "line 1999" }], more: false });
    expect(await findLines(inParts("a\nb\n", 1), "b", 1)).toEqual({ lines: [{ number: 2, at: 2, text: "b" }], more: false });
    expect(await findLines(inParts("", 1), "b", 1)).toEqual({ lines: [], more: false });
  });

  test("that are long are shown around what was looked for", async () => {
    const { lines } = await findLines(inParts(`${"x".repeat(10_000)}needle${"y".repeat(10_000)}`, 999), "needle", 1);
    expect(lines[0]!.text).toHaveLength(500);
    expect(lines[0]!.text.indexOf("needle")).toBe(100);
  });
});
