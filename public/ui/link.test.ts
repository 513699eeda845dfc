import { expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { safeAddress } from "./link.js";

it("follows web addresses", () => expect(safeAddress("https://example.org/a?b#c")).toBe("https://example.org/a?b#c"));
it.each(["javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//example.org", "vbscript:x", "java\nscript:alert(1)", "", "no address"])("never follows %j", (text) =>
  expect(safeAddress(text)).toBeNull());
