import { describe, expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { bend, carried, chooseNames, fringePaths, layOut, MAX_PITCH, MIN_PITCH, nearest, rows, stepYs, threadPath } from "./layout.js";
// @ts-ignore
import { levelAt, levels } from "./levels.js";

const ids = (count: number, prefix = "s"): string[] => Array.from({ length: count }, (_, at) => `${prefix}${at}`);
const one = (count: number) => [{ node: { id: "n", name: "n" }, beams: [{ key: "k", label: "OpenClaw", sourceId: "k", ids: ids(count) }] }];
const xs = (layout: { x: Map<string, number> }): number[] => [...layout.x.values()];

describe("laying strands out", () => {
  it("keeps everything in view as long as the narrowest pitch allows", () => {
    for (const count of [1, 3, 40, 300, 1000, 5000]) {
      const layout = layOut({ groups: one(count), width: 1440, pitch: null });
      expect(layout.width, `${count}`).toBe(1440);
      expect(Math.max(...xs(layout)), `${count}`).toBeLessThan(1440);
    }
  });
  it("scrolls once they do not fit", () => {
    const layout = layOut({ groups: one(9000), width: 1440, pitch: null });
    expect(layout.pitch).toBe(MIN_PITCH);
    expect(layout.width).toBeGreaterThan(1440);
  });
  it("keeps an even distance within a beam, and strands under their own beam", () => {
    const layout = layOut({ groups: [...one(10), { node: { id: "m", name: "m" }, beams: [{ key: "m", label: "cron", sourceId: "m", ids: ids(5, "m") }] }], width: 1440, pitch: 30 });
    const places = xs(layout);
    for (let at = 1; at < 10; at++) expect(places[at]! - places[at - 1]!).toBeCloseTo(30, 0);
    const second = layout.beams[1];
    for (const id of ids(5, "m")) {
      expect(layout.x.get(id)).toBeGreaterThan(second.x);
      expect(layout.x.get(id)).toBeLessThan(second.x + second.width);
    }
  });
  it("never lets beams overlap", () => {
    const groups = [one(1)[0]!, { node: { id: "m", name: "m" }, beams: ids(4).map((key) => ({ key, label: key, sourceId: key, ids: key === "s2" ? [] : [key] })) }];
    const { beams } = layOut({ groups, width: 1440, pitch: null });
    for (let at = 1; at < beams.length; at++) expect(beams[at].x).toBeGreaterThan(beams[at - 1].x + beams[at - 1].width);
  });
  it("hangs a few strands in the middle", () => {
    const layout = layOut({ groups: one(3), width: 1440, pitch: null });
    expect(layout.pitch).toBe(MAX_PITCH);
    expect(layout.beams[0].x + layout.beams[0].width / 2).toBeCloseTo(720, 0);
  });
  it("draws more the wider they hang", () => {
    expect([1, 9, 30, 150].map((pitch) => levelAt(pitch).how)).toEqual(["thread", "near", "named", "roomy"]);
    for (let at = 1; at < levels.length; at++) expect(levels[at].from).toBeGreaterThan(levels[at - 1].from);
  });
  it("never lets what is drawn of a strand reach its neighbour", () => {
    for (const { from, tick, sway, hit, how } of levels.slice(1)) {
      expect(2 * tick, how).toBeLessThan(from);
      expect(1.5 * sway, how).toBeLessThan(from / 2);
      expect(hit).toBeLessThanOrEqual(from);
    }
  });
  it("finds the strand nearest to a place", () => {
    const layout = layOut({ groups: one(10), width: 1440, pitch: 30 });
    layout.xs.forEach((x: number, at: number) => expect([nearest(layout, x - 14), nearest(layout, x + 14)]).toEqual([at, at]));
    expect([nearest(layout, -900), nearest(layout, 9000)]).toEqual([0, 9]);
    expect(nearest(layOut({ groups: [], width: 800, pitch: null }), 5)).toBe(-1);
  });
  it("keeps a place at its strand when the distance changes", () => {
    const [near, far] = [30, 6].map((pitch) => layOut({ groups: one(400), width: 1440, pitch }));
    expect(carried(far, near, far.xs[123])).toBeCloseTo(near.xs[123], 5);
    expect(carried(far, near, far.xs[123] + 3)).toBeCloseTo(near.xs[123] + 15, 5);
  });
  it("puts every strand into one bundle of its own beam, in order", () => {
    const { bundles, ids: all } = layOut({ groups: [...one(100), { node: { id: "m", name: "m" }, beams: [{ key: "m", label: "cron", sourceId: "m", ids: ids(5, "m") }] }], width: 1440, pitch: null });
    expect(bundles[0].from).toBe(0);
    for (let at = 1; at < bundles.length; at++) expect(bundles[at].from).toBe(bundles[at - 1].to);
    expect(bundles.at(-1)).toMatchObject({ from: 100, to: all.length });
  });
  it("draws nothing out of nothing", () => expect(layOut({ groups: [], width: 800, pitch: null })).toMatchObject({ beams: [], width: 800 }));
});

describe("down a strand", () => {
  const room = rows(800);
  it("has beam, steps, knot and fringe in this order", () => {
    for (const count of [1, 2, 5, 9]) {
      const ys = stepYs(count, room);
      expect([room.beam, ...ys, room.knot, room.fringeTop]).toEqual([room.beam, ...ys, room.knot, room.fringeTop].sort((a, b) => a - b));
      expect(ys).toHaveLength(count);
    }
    expect(room.fringeTop + 20 * room.tick).toBeLessThan(800);
  });
  it("stays usable in a very low window", () => expect(rows(200).knot).toBeGreaterThan(rows(200).beam + 150));
  it("bends the same way each time, fast at both ends, and never reaches a neighbour", () => {
    const line = bend("openclaw:1:job", 3, room);
    expect([line(room.beam), line(room.knot)].map(Math.abs)).toEqual([0, 0]);
    expect(bend("openclaw:1:job", 3, room)(400)).toBe(line(400));
    for (const { sway, from } of levels.slice(1)) for (let y = room.beam; y <= room.knot; y += 7) expect(Math.abs(bend("x", sway, room)(y))).toBeLessThan(from / 2);
  });
  it("draws a path from end to end", () => {
    expect(threadPath(() => 0, 100, 200)).toMatch(/^M0,100L.*L0,200$/);
  });
});

describe("the fringe", () => {
  const run = (startedAt: number, lasted: number, tone: string) => ({ startedAt, finishedAt: startedAt + lasted, tone });
  const room = { fringeTop: 100, tick: 5 };
  it("lays one tick for each run, the newest at the knot", () => {
    const paths = fringePaths([run(3, 10, "ok"), run(2, 10, "failed"), run(1, 10, "ok")], (tick: { tone: string }) => tick.tone, 9, room);
    expect(paths.map((path: { tone: string }) => path.tone)).toEqual(["ok", "failed"]);
    expect(paths[0].d.match(/M/g)).toHaveLength(2);
    expect(paths[0].d).toContain(",100h");
    expect(paths[1].d).toContain(",105h");
  });
  it("draws a long run longer", () => {
    const [long, short] = fringePaths([run(2, 60_000, "a"), run(1, 20, "b")], (tick: { tone: string }) => tick.tone, 9, room);
    expect(Number(long.d.split("h")[1])).toBeGreaterThan(Number(short.d.split("h")[1]));
  });
  it("is empty where nothing ran", () => expect(fringePaths([], () => "ok", 30, room)).toEqual([]));
});

it("writes the most urgent names and none over another", () => {
  const chosen = chooseNames([{ id: "a", x: 10, rank: 2 }, { id: "b", x: 14, rank: 0 }, { id: "c", x: 60, rank: 3 }], 15);
  expect(chosen.map((wish: { id: string }) => wish.id)).toEqual(["b", "c"]);
});
