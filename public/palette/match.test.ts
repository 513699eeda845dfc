import { expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { best, fit } from "./match.js";

const titles = (typed: string, names: string[]): string[] => best(typed, names.map((title) => ({ title }))).map((hit: { entry: { title: string } }) => hit.entry.title);

it("finds by letters in order, and nothing by others", () => {
  expect(fit("prw", "price watch")!.at).toEqual([0, 1, 6]);
  expect(fit("xq", "price watch")).toBeNull();
});

it("prefers whole words, then beginnings of words, then what is close together", () => {
  expect(titles("watch", ["swatch", "w a t c h", "price watch"])).toEqual(["price watch", "swatch", "w a t c h"]);
  expect(titles("mb", ["thumb nail", "memory backup"])).toEqual(["thumb nail", "memory backup"]);
  expect(titles("gw", ["big wall", "garden watering"])).toEqual(["garden watering", "big wall"]);
});

it("shows all, in their order, when nothing is typed", () => expect(titles("", ["b", "a"])).toEqual(["b", "a"]));
it("looks beside the title too", () => expect(best("0197", [{ title: "run", also: "id 0197-aa" }, { title: "other" }])).toHaveLength(1));
it("bears long names", () => expect(() => fit("a".repeat(100), "b".repeat(1_000_000))).not.toThrow());
