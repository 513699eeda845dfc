import { expect, test } from "vitest";
import type { Store } from "../store/contract.ts";
import { outputParts } from "./stepOutput.ts";

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
