import { describe, expect, it } from "vitest";
import type { StrandChange, StrandState } from "../store/contract.ts";
import { MOST_JOBS } from "./mostJobs.ts";
import type { KnownStrand } from "./reconcile.ts";
import { checkRoom } from "./room.ts";

const strands = (count: number, name: string, goneAt: number | null = null): [string, KnownStrand][] =>
  Array.from({ length: count }, (_, i) => [`${name} ${i}`, { id: `${name} ${i}`, goneAt, definition: {} } as KnownStrand]);
const added = (id: string, definition = {}) => ({ kind: "added", strand: { id, definition } as StrandState }) satisfies StrandChange;
const removed = (id: string): StrandChange => ({ kind: "removed", id });

describe("a look", () => {
  const full = new Map([...strands(MOST_JOBS, "a"), ...strands(3, "gone", 5)]);

  it("is refused that would leave a source with more strands than it may have", () => {
    expect(() => checkRoom(full, [removed("a 0")])).not.toThrow();
    expect(() => checkRoom(full, [added("b")])).toThrow(expect.objectContaining({ trouble: "incompatible", help: expect.stringContaining("loom sources accept") }));
    expect(() => checkRoom(full, [{ ...added("gone 0"), kind: "returned" }])).toThrow("It would have 10001 jobs");
  });

  it("may bring as many as it takes away, and what came and went between two looks", () => {
    expect(() => checkRoom(full, [added("b"), removed("a 0")])).not.toThrow();
    expect(() => checkRoom(full, [added("b"), removed("b")])).not.toThrow();
  });

  it("is refused after which its strands would say too much together", () => {
    const text = "x".repeat(1_000_000);
    const long = Array.from({ length: 68 }, (_, i) => added(`long ${i}`, { text }));
    const known = new Map(long.map(({ strand }) => [strand.id, { ...strand, goneAt: null } as KnownStrand]));
    expect(() => checkRoom(new Map(), long)).toThrow("Its jobs would say 65 MiB");
    expect(() => checkRoom(new Map(), long.slice(1, 68 - 1))).not.toThrow();
    expect(() => checkRoom(known, [added("b")])).toThrow("65 MiB");
    expect(() => checkRoom(known, [removed("long 0"), removed("long 1")])).not.toThrow();
    const many = { list: Array.from({ length: 1_000_000 }, () => 0) };
    expect(() => checkRoom(new Map(), Array.from({ length: 4 }, (_, i) => added(`many ${i}`, many)))).toThrow("MiB");
  });
});
