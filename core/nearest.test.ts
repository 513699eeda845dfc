import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";

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
