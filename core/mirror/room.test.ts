import { describe, expect, it } from "vitest";
import type { StrandChange } from "../store/contract.ts";
import { MOST_JOBS } from "./mostJobs.ts";
import type { KnownStrand } from "./reconcile.ts";
import { checkRoom } from "./room.ts";

const strands = (count: number, goneAt: number | null = null): [string, KnownStrand][] =>
  Array.from({ length: count }, (_, i) => [`${goneAt} ${i}`, { goneAt } as KnownStrand]);
const added = (id: string) => ({ kind: "added", strand: { id } }) as StrandChange;
const removed = (id: string): StrandChange => ({ kind: "removed", id });

describe("a look", () => {
  const full = new Map([...strands(MOST_JOBS), ...strands(3, 5)]);

  it("is refused that would leave a source with more strands than it may have", () => {
    expect(() => checkRoom(full, [])).not.toThrow();
    expect(() => checkRoom(full, [added("a")])).toThrow(expect.objectContaining({ trouble: "incompatible", help: expect.stringContaining("loom sources accept") }));
    expect(() => checkRoom(full, [{ ...added("a"), kind: "returned" } as StrandChange])).toThrow("It would have 10001 jobs");
  });

  it("may bring as many as it takes away, and what came and went between two looks", () => {
    expect(() => checkRoom(full, [added("a"), removed("null 0")])).not.toThrow();
    expect(() => checkRoom(full, [added("b"), removed("b")])).not.toThrow();
  });
});
