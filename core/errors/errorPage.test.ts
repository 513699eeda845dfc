import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { catalogue } from "./catalogue.ts";
import { errorPage } from "./errorPage.ts";

const page = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");

test("docs/errors.md is the one that the catalogue writes", () => {
  expect(page).toBe(errorPage());
});

test("it names every code, and none besides", () => {
  expect([...page.matchAll(/^\| `([A-Z_]+)` /gm)].map((match) => match[1])).toEqual(Object.keys(catalogue));
});
