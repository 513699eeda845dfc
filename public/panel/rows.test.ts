import { describe, expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { attemptsOf, firstItems, nest, sumOf, sumWords } from "./rows.js";

const row = (id: string, parent: string | null = null, status = "completed") => ({ id, parent, status });
const rows = [row("collect"), row("collect/list", "collect"), row("post", null, "running"), row("post[0]", "post"), row("post[0]/upload", "post[0]"), row("post[1]", "post", "failed"), row("post[2]", "post", "running"), row("post[3]", "post", "pending")];

describe("the rows of a run", () => {
  it("stand under their steps, phases and items apart", () => {
    const [collect, post] = nest(rows);
    expect(collect).toMatchObject({ id: "collect", items: [], phases: [{ id: "collect/list" }] });
    expect(post.items.map(({ id }: { id: string }) => id)).toEqual(["post[0]", "post[1]", "post[2]", "post[3]"]);
    expect(post.items[0].phases).toMatchObject([{ id: "post[0]/upload" }]);
  });
  it("are steps where what they belong to is not told", () => expect(nest([row("a/b", "a")])).toHaveLength(1));
  it("are summed up by their items", () => {
    const sum = sumOf(nest(rows)[1].items);
    expect(sum).toEqual({ all: 4, done: 1, failed: 1, running: 1 });
    expect(sumWords(sum)).toBe("1 of 4 done, 1 running, 1 failed");
  });
  it("show what failed and what runs before the rest, in their order", () => {
    const items = [...Array.from({ length: 9 }, (_, at) => row(`p[${at}]`)), row("p[9]", null, "running"), row("p[10]", null, "failed")];
    expect(firstItems(items, 3).map(({ id }: { id: string }) => id)).toEqual(["p[0]", "p[9]", "p[10]"]);
    expect(firstItems(items, 50)).toBe(items);
  });
  it("tell of attempts where there was more than one, or another follows", () => {
    const attempts = [{ step: "a", attempt: 1 }, { step: "b", attempt: 1 }, { step: "b", attempt: 2 }];
    expect(attemptsOf(row("a"), attempts)).toEqual([]);
    expect(attemptsOf(row("a", null, "retrying"), attempts)).toHaveLength(1);
    expect(attemptsOf(row("b"), attempts)).toHaveLength(2);
  });
});
