import { expect, it } from "vitest";
import { ResultRoom } from "./resultRoom.ts";

const MIB = 1_048_576;

it("holds up who tells of more than may wait, until enough of it is stored", async () => {
  const room = new ResultRoom();
  for (let n = 0; n < 8; n++) expect(room.enter(MIB)).toBeUndefined();
  const held = [room.enter(MIB), room.enter(MIB)];
  expect(held.every((promise) => promise instanceof Promise)).toBe(true);
  let goesOn = false;
  const going = Promise.all(held.map(async (promise) => promise)).then(() => (goesOn = true));
  room.leave(MIB);
  await Promise.resolve();
  expect(goesOn).toBe(false);
  room.leave(MIB);
  await going;
  expect(room.enter(1)).toBeInstanceOf(Promise);
});
