import { expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { addressOf, readAddress } from "./view.js";

it("reads back what it wrote", () => {
  const state = { view: "list", query: "price & <b>watch</b>", strand: "openclaw-cron-mirror:i0:7c5e#x=1&y", panel: null };
  expect(readAddress(addressOf(state), { view: "loom" })).toEqual(state);
});
it("falls back where an address names nothing, or nonsense", () => {
  expect(readAddress("", { view: "list" })).toEqual({ view: "list", query: "", strand: null, panel: null });
  expect(readAddress("#view=timeline&panel=x", { view: "loom" })).toMatchObject({ view: "loom", panel: null });
});
