import { expect, it, vi } from "vitest";
import { KeyedQueue } from "./keyedQueue.ts";

it("does what has one key in order, and other keys beside it", async () => {
  const done: string[] = [];
  const gate = Promise.withResolvers<void>();
  const queue = new KeyedQueue();
  void queue.add("a", () => gate.promise.then(() => void done.push("a1")));
  void queue.add("a", async () => void done.push("a2"));
  await queue.add("b", async () => void done.push("b1"));
  expect(done).toEqual(["b1"]);
  gate.resolve();
  await queue.settled();
  expect(done).toEqual(["b1", "a1", "a2"]);
});

it("tells who added it that work failed, and goes on with what comes after", async () => {
  const done: string[] = [];
  const queue = new KeyedQueue();
  const failing = queue.add("a", () => Promise.reject(new Error("broken")));
  const next = queue.add("a", async () => void done.push("a2"));
  await expect(failing).rejects.toThrow("broken");
  await next;
  expect(done).toEqual(["a2"]);
});

it("is settled only when what was added meanwhile is done as well", async () => {
  const done: string[] = [];
  const queue = new KeyedQueue();
  void queue.add("a", async () => void queue.add("b", async () => void done.push("b")));
  await queue.settled();
  expect(done).toEqual(["b"]);
});

it("has as many of one key under way as it is told, and the next begins where one is over, however it ended", async () => {
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const begun: number[] = [];
  const queue = new KeyedQueue(2);
  const added = gates.map(({ promise }, n) => queue.add("a", () => (begun.push(n), promise)).catch((error: Error) => error.message));
  await queue.add("b", async () => {});
  expect(begun).toEqual([0, 1]);
  gates[1]!.reject(new Error("broken"));
  expect(await added[1]).toBe("broken");
  await expect.poll(() => begun).toEqual([0, 1, 2]);
  for (const { resolve } of gates) resolve();
  await queue.settled();
  expect(begun).toEqual([0, 1, 2, 3]);
});

it("moves a few of those that wait for each that begins, however many there are", async () => {
  let moved = 0;
  for (const name of ["shift", "splice"] as const) {
    const take = Array.prototype[name] as (this: unknown[], ...args: unknown[]) => unknown;
    vi.spyOn(Array.prototype, name).mockImplementation(function (this: unknown[], ...args: unknown[]) {
      const taken = take.apply(this, args);
      moved += this.length;
      return taken as never;
    });
  }
  const queue = new KeyedQueue();
  for (let n = 0; n < 2_000; n++) void queue.add("a", async () => {});
  await queue.settled();
  vi.restoreAllMocks();
  expect(moved).toBeLessThan(20_000);
});
