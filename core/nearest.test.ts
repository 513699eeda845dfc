import { expect, test } from "vitest";
import { Guesses, nearest } from "./nearest.ts";

test("the nearest word is the one with the fewest letters to change, whatever their case", () => {
  expect(nearest("steps2", ["step", "steps"])).toBe("steps");
  expect(nearest("TIMEOUTMS", ["timeoutMs"])).toBe("timeoutMs");
});

test("two letters that changed places are one mistake", () => {
  expect(nearest("retires", ["requires", "retries", "run"])).toBe("retries");
});

test("a word that is like none is not guessed", () => {
  expect(nearest("colour", ["retries", "run"])).toBeUndefined();
});

test("of several that are as near the first is meant", () => {
  expect(nearest("step", ["stem", "stew", "stop"])).toBe("stem");
  expect(nearest("Steps", ["steps2", "STEPS", "Steps1"])).toBe("Steps1");
});

test("what was guessed is guessed anew when there are other names", () => {
  const guesses = new Guesses();
  const asked: number[] = [];
  const names = (...those: string[]) => new Proxy(those, { get: (target, key, self) => (key === Symbol.iterator && asked.push(those.length), Reflect.get(target, key, self) as unknown) });
  expect([["a"], ["a"], ["a", "steps"], ["a", "steps"]].map((those) => guesses.nearest("step", names(...those)))).toEqual([undefined, undefined, "steps", "steps"]);
  expect(asked).toEqual([1, 2]);
  for (let n = 0; n < 200; n++) guesses.nearest(`word${n}`, names("a", "steps"));
  expect([asked.length, guesses.nearest("step", names("a", "steps"))]).toEqual([101, "steps"]);
});
