import { expect, test } from "vitest";
import { allOfIt, SharedRoom } from "./share.ts";

test("those that were found share what one alone may have, also with one that comes later", () => {
  const room = new SharedRoom();
  const first = room.join()!;
  expect([allOfIt(48), first(48)]).toEqual([48, 48]);
  const others = [room.join()!, room.join()!];
  expect([first, ...others].map((share) => share(48))).toEqual([16, 16, 16]);
  const more = Array.from({ length: 7 }, () => room.join());
  expect(more.map((share) => share?.(90))).toEqual([...Array<number>(6).fill(10), undefined]);
});
