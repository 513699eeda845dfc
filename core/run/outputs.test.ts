import { expect, it } from "vitest";
import { createRedactor } from "../log/redact.ts";
import { FakeClock } from "../testing/fakeClock.ts";
import { Output } from "./outputs.ts";

function stage(env = {}) {
  const clock = new FakeClock();
  const redactor = createRedactor(env);
  const stored: string[] = [];
  return { clock, stored, output: new Output(clock, () => redactor.pieces(), async (text) => void stored.push(text)) };
}

it("stores what came within a moment in one piece", async () => {
  const { clock, stored, output } = stage();
  void output.add("a");
  void output.log("error", "b", { n: 1 });
  expect(stored).toEqual([]);
  await clock.advance(100);
  void output.log("info", "c", {});
  await output.end();
  expect(stored).toEqual(['aERROR b {"n":1}\n', "c\n"]);
});

it("asks to wait as long as a large piece is being stored", async () => {
  const clock = new FakeClock();
  const { promise, resolve } = Promise.withResolvers<void>();
  const output = new Output(clock, () => createRedactor().pieces(), () => promise);
  expect(output.add("x")).toBeUndefined();
  let isStored = false;
  const waiting = Promise.resolve(output.add("x".repeat(70_000))).then(() => (isStored = true));
  await clock.advance(1_000);
  expect(isStored).toBe(false);
  resolve();
  await waiting;
});

it("keeps the halves of a character together", async () => {
  const { clock, stored, output } = stage();
  void output.add(`a${"😀".charAt(0)}`);
  await clock.advance(100);
  void output.add("😀".charAt(1));
  await output.end();
  expect(stored).toEqual(["a", "😀"]);
});

it("hides a secret that comes in two pieces, and holds back no more than its beginning", async () => {
  const { clock, stored, output } = stage({ API_TOKEN: "hunter-2-for-ever" });
  void output.add("to hunter-2-");
  await clock.advance(100);
  void output.add("for-ever\nto hunt");
  await clock.advance(100);
  await output.end();
  expect(stored).toEqual(["to ", "[redacted]\nto ", "hunt"]);
});

it("hides a secret that another stream or a line of the log comes in between of", async () => {
  const { clock, stored, output } = stage({ API_TOKEN: "hunter-2-for-ever" });
  for (const between of [() => output.log("info", "busy", {}), () => output.add("warning\n", "stderr")]) {
    for (const isLater of [false, true]) {
      void output.add("to hunter-2-");
      if (isLater) await clock.advance(100);
      void between();
      if (isLater) await clock.advance(100);
      void output.add("for-ever\n");
      await clock.advance(100);
    }
  }
  await output.end();
  expect(stored.join("")).toBe("to busy\n[redacted]\nto busy\n[redacted]\nto warning\n[redacted]\nto warning\n[redacted]\n");
});

it("takes nothing in once it has ended", async () => {
  const { clock, stored, output } = stage();
  await output.end();
  void output.add("late");
  await clock.advance(1_000);
  expect(stored).toEqual([]);
});
