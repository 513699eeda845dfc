import { expect, test } from "vitest";
import type { Store } from "../store/contract.ts";
import { findLines } from "./findLines.ts";
import { outputParts, SEARCHED_BYTES } from "./stepOutput.ts";

test("an output that is looked through line by line is read in small parts: each byte may be a line", async () => {
  const asked: number[] = [];
  const outputAfter = async (_run: string, _step: string, from: number, bytes: number) => (asked.push(bytes), { from, text: "\n".repeat(Math.min(bytes, 100_000 - from)), bytes: 100_000, missing: null });
  const store = { driven: { outputAfter } as unknown as Store["driven"] };
  expect(await findLines(outputParts(store, "run", "step", SEARCHED_BYTES), "x", 10)).toEqual({ lines: [], more: false, missing: null });
  expect([asked.length, Math.max(...asked)]).toEqual([4, 32_768]);
});

test("an output that is read part by part leaves others their turn after each", async () => {
  const [parts, size] = [20, 256 * 1024];
  const outputAfter = async (_run: string, _step: string, from: number) => ({ from, text: "x".repeat(Math.min(size, parts * size - from)), bytes: parts * size, missing: null });
  let [turns, isRead] = [0, false];
  const turn = (): void => void (isRead || (turns++, setImmediate(turn)));
  setImmediate(turn);
  const read = await Array.fromAsync(outputParts({ driven: { outputAfter } as unknown as Store["driven"] }, "run", "step"));
  isRead = true;
  expect(read.map(({ from }) => from)).toEqual(Array.from({ length: parts }, (_, i) => i * size));
  expect(turns).toBeGreaterThanOrEqual(parts - 1);
});
