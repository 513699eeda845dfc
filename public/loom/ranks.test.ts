import { describe, expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { branchPath, ranksOf, stepPlaces } from "./ranks.js";

const step = (id: string, ...dependsOn: string[]) => ({ id, dependsOn });
const woven = (...steps: object[]) => ({ kind: "woven", steps });
const ranks = (strand: object): number[] => ranksOf(strand).map(({ rank }: { rank: number }) => rank);
const room = { beam: 84, knot: 584 };
const level = { how: "named", diamond: 5, hit: 22 };

describe("the ranks of steps", () => {
  it("lets those of a mirrored strand follow one another", () => expect(ranks({ kind: "mirrored", steps: [step("a"), step("b")] })).toEqual([0, 1]));
  it("puts each below what it depends on, however they are written", () => expect(ranks(woven(step("d", "b", "c"), step("b", "a"), step("c", "a"), step("a")))).toEqual([2, 1, 1, 0]));
  it("takes those that depend on nothing for the first", () => expect(ranks(woven(step("a"), step("b"), step("c", "a", "b")))).toEqual([0, 0, 1]));
  it("ends with steps that depend on each other, or on none that there is", () => expect(ranks(woven(step("a", "b"), step("b", "a"), step("c", "z")))).toHaveLength(3));
});

describe("the places of steps", () => {
  const diamond = woven(step("a"), step("b", "a"), step("c", "a"), step("d", "b", "c"));
  it("lays those of one rank side by side, at one height", () => {
    const [a, b, c, d] = stepPlaces(diamond, room, level);
    expect(b.y).toBe(c.y);
    expect([a.y < b.y, c.y < d.y, b.x < 0, c.x > 0, a.x, d.x]).toEqual([true, true, true, true, 0, 0]);
  });
  it("keeps them on the thread from far away", () => expect(stepPlaces(diamond, room, { ...level, how: "thread" }).every(({ x }: { x: number }) => x === 0)).toBe(true));
  it("never spreads a rank further than the strand has room", () => {
    const many = woven(...Array.from({ length: 12 }, (_, at) => step(`s${at}`)));
    const xs: number[] = stepPlaces(many, room, level).map(({ x }: { x: number }) => x);
    expect(Math.max(...xs) - Math.min(...xs)).toBeLessThanOrEqual(22.1);
  });
  it("leads a thread out to a diamond and back", () => {
    const path = branchPath({ x: 9, y: 300, gap: 100 }, () => 1);
    expect(path.startsWith("M1,266")).toBe(true);
    expect(path).toContain("10,300");
    expect(path.endsWith("1,334")).toBe(true);
  });
});
