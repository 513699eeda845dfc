import { expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { addressOf, readAddress } from "./view.js";

it("reads back what it wrote", () => {
  const state = { view: "list", query: 'price & <b>watch</b> is:failed source:"a b"', kind: "failed", order: { key: "next", down: true }, strand: "openclaw-cron-mirror:i0:7c5e#x=1&y", run: "r/1?&", panel: null };
  expect(readAddress(addressOf(state), { view: "loom" })).toEqual(state);
});
it("falls back where an address names nothing, or nonsense", () => {
  expect(readAddress("", { view: "list" })).toEqual({ view: "list", query: "", kind: null, order: null, strand: null, run: null, panel: null });
  expect(readAddress("#view=timeline&panel=x&sort=<b>&run=r", { view: "loom" })).toMatchObject({ view: "loom", panel: null, order: null, run: null });
});
