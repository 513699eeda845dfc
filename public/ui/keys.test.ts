import { expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { findBinding } from "./keys.js";

const filter = { keys: ["/"], does: "filter", run: () => {} };
const close = { keys: ["Escape"], does: "close", run: () => {}, when: () => true };
const commands = { keys: ["Ctrl+k"], does: "commands", run: () => {} };
const never = { keys: ["x"], does: "never", run: () => {}, when: () => false };
const bindings = [filter, close, commands, never];
const press = (key: string, more: object = {}) => ({ key, target: { closest: () => null }, ...more });
const inField = { target: { closest: () => ({}) } };

it("finds what a key does", () => expect(findBinding(bindings, press("/"))).toBe(filter));
it("leaves letters to a field that somebody writes in", () => expect(findBinding(bindings, press("/", inField))).toBeUndefined());
it("lets Escape out of a field", () => expect(findBinding(bindings, press("Escape", inField))).toBe(close));
it("takes Ctrl and Command for the same", () => {
  expect(findBinding(bindings, press("k", { ctrlKey: true }))).toBe(commands);
  expect(findBinding(bindings, press("K", { metaKey: true, ...inField }))).toBe(commands);
});
it("passes over what does not apply now, and what is composed", () => {
  expect(findBinding(bindings, press("x"))).toBeUndefined();
  expect(findBinding(bindings, press("/", { isComposing: true }))).toBeUndefined();
});
