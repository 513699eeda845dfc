import { describe, expect, it } from "vitest";
import type { StrandChange, StrandState } from "../store/contract.ts";
import type { KnownStrand } from "./reconcile.ts";
import { suspicionOf, suspicionWords, withoutMissing } from "./suspicion.ts";

/** `count` strands that are there; the first `gone` of them are taken off. */
function look(count: number, gone: number, more: Partial<{ expected: number; told: number }> = {}) {
  const known = new Map(Array.from({ length: count }, (_, i) => [`j${i}`, { id: `s:${i}`, ownerJobId: `j${i}`, name: `job ${i}`, goneAt: null } as KnownStrand]));
  const changes = Array.from({ length: gone }, (_, i): StrandChange => ({ kind: "removed", id: `s:${i}`, ...(i < (more.expected ?? 0) && { expected: true }) }));
  const told = new Set(Array.from({ length: more.told ?? 0 }, (_, i) => `j${i}`));
  return { known, changes, told, suspicion: suspicionOf(known, changes, told) };
}

describe("a look that takes strands away", () => {
  it("is suspect when all of many vanish", () => {
    const { suspicion } = look(43, 43);
    expect(suspicion).toMatchObject({ before: 43, after: 0 });
    expect(suspicionWords(suspicion!).message).toBe("It had 43 jobs and now shows 0. Gone: job 0, job 1, job 2 and 40 more.");
  });

  it("is suspect also when as many others come, which are counted", () => {
    const { known, changes, told } = look(30, 30);
    const others = Array.from({ length: 40 }, (): StrandChange => ({ kind: "added", strand: {} as StrandState }));
    expect(suspicionWords(suspicionOf(known, [...changes, ...others], told)!).message).toMatch(/^It had 30 jobs and now shows 40\. Gone: job 0/);
  });

  it("is suspect when more than half of them vanish, and not when half stay", () => {
    expect(look(10, 6).suspicion).toMatchObject({ after: 4 });
    expect(look(10, 5).suspicion).toBeNull();
  });

  it("is believed of one or two jobs", () => {
    expect(look(1, 1).suspicion).toBeNull();
    expect(look(2, 2).suspicion).toBeNull();
    expect(look(3, 3).suspicion).not.toBeNull();
  });

  it("is believed when their owner told of their going, or they were done", () => {
    expect(look(10, 10, { told: 8 }).suspicion).toBeNull();
    expect(look(10, 10, { expected: 8 }).suspicion).toBeNull();
  });

  it("keeps what is believed of it", () => {
    const { changes, suspicion } = look(10, 10, { told: 1, expected: 2 });
    expect(withoutMissing(changes, suspicion!).map((change) => (change as { id: string }).id)).toEqual(["s:0", "s:1"]);
  });
});
