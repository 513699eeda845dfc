import { readFile, readdir } from "node:fs/promises";
import { expect, it } from "vitest";
import { vendorFiles } from "../../config/vendor.ts";

const folder = new URL("../../public/vendor/", import.meta.url);

it("ships exactly what the script makes from the installed packages", async () => {
  const made = await vendorFiles();
  expect((await readdir(folder)).sort()).toEqual([...made.keys()].sort());
  for (const [name, text] of made) expect(await readFile(new URL(name, folder), "utf8"), name).toBe(text);
});

it("leaves no bare import for the browser to stumble over", async () => {
  for (const [name, text] of await vendorFiles()) expect(text, name).not.toMatch(/\bfrom\s*"[^.]/);
});
