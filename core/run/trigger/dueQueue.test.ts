import fc from "fast-check";
import { expect, test } from "vitest";
import { DueQueue } from "./dueQueue.ts";

const change = fc.record({ id: fc.constantFrom(..."abcdefghij".split("")), at: fc.option(fc.integer({ min: 0, max: 50 }), { freq: 4 }) });

test("what is due is taken soonest first, whatever was set before", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), fc.integer({ min: 0, max: 50 }), (changes, now) => {
      const queue = new DueQueue();
      const set = new Map<string, number>();
      for (const { id, at } of changes) {
        queue.set(id, at);
        if (at === null) set.delete(id);
        else set.set(id, at);
      }
      expect(queue.firstAt).toBe(set.size > 0 ? Math.min(...set.values()) : null);
      const taken = queue.takeDue(now);
      expect(taken.toSorted()).toEqual([...set].filter(([, at]) => at <= now).map(([id]) => id).toSorted());
      expect(taken.map((id) => set.get(id))).toEqual(taken.map((id) => set.get(id)).toSorted((a, b) => a! - b!));
      const left = [...set].filter(([, at]) => at > now).map(([, at]) => at);
      expect(queue.firstAt).toBe(left.length > 0 ? Math.min(...left) : null);
    }),
    { numRuns: 300, seed: 4 },
  );
});
