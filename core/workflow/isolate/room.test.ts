import { expect, it } from "vitest";
import { Room } from "./room.ts";

/** Enters, and notes it. */
async function enter(room: Room, size: number, inside: number[]): Promise<Disposable> {
  const place = await room.enter(size);
  inside.push(size);
  return place;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it("lets in as much as there is room for, and the next in their order as others leave", async () => {
  const room = new Room(10);
  const inside: number[] = [];
  const [six, four] = await Promise.all([enter(room, 6, inside), enter(room, 4, inside)]);
  const five = enter(room, 5, inside);
  const one = enter(room, 1, inside);
  four![Symbol.dispose]();
  await turn();
  // The one would fit, and comes after the five.
  expect(inside).toEqual([6, 4]);
  six![Symbol.dispose]();
  await Promise.all([five, one]);
  expect(inside).toEqual([6, 4, 5, 1]);
});

it("lets in what is larger than all of it, by itself", async () => {
  const room = new Room(10);
  const inside: number[] = [];
  const small = await enter(room, 1, inside);
  const large = enter(room, 25, inside);
  const behind = enter(room, 2, inside);
  await turn();
  expect(inside).toEqual([1]);
  small[Symbol.dispose]();
  const place = await large;
  await turn();
  expect(inside).toEqual([1, 25]);
  place[Symbol.dispose]();
  await behind;
  expect(inside).toEqual([1, 25, 2]);
});
