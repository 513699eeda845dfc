import { expect, it } from "vitest";
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
