import { expect, it } from "vitest";
import { Verdicts } from "./verdicts.ts";

it("gives others their turn between verdicts that are asked for at once", async () => {
  const verdicts = new Verdicts();
  let turn = 0;
  let over = false;
  const others = (): void => void setImmediate(() => (turn++, over || others()));
  others();
  const decided = await Promise.all(Array.from({ length: 40 }, () => verdicts.next(() => turn)));
  over = true;
  expect(new Set(decided).size).toBe(40);
});
