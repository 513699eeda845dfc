import { describe, expect, it } from "vitest";
import type { Manifest } from "./contract.ts";
import { orderByNeeds } from "./order.ts";

const plugin = (id: string, needs: string[] = [], provides: string[] = []): Manifest => ({ id, name: id, version: "1.0.0", apiVersion: "*", needs, provides });

describe("order of set-up", () => {
  it("puts providers before those that need them", () => {
    const { ids, errors } = orderByNeeds([plugin("c", ["b"]), plugin("b", ["a"], ["b"]), plugin("a", [], ["a"])]);
    expect(ids).toEqual(["a", "b", "c"]);
    expect(errors.size).toBe(0);
  });

  it("names the token that nobody provides", () => {
    expect(orderByNeeds([plugin("a", ["x", "y"])]).errors.get("a")?.message).toBe("It needs x and y, which no plugin provides.");
  });

  it("names every member of a circle, and no one else", () => {
    const { errors, ids } = orderByNeeds([plugin("a", ["b"], ["a"]), plugin("b", ["a"], ["b"]), plugin("c", ["a"])]);
    expect([...errors.keys()].toSorted()).toEqual(["a", "b"]);
    expect(errors.get("a")?.message).toBe("Plugins need each other in a circle: a → b → a.");
    expect(ids.toSorted()).toEqual(["a", "b", "c"]);
  });
});
