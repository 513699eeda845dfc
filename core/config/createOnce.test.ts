import { readdir } from "node:fs/promises";
import { expect, it } from "vitest";
import { makeFolder } from "../../test/support/folder.ts";
import { createOnce } from "./createOnce.ts";

it("leaves nothing behind where the file cannot be written", async () => {
  await using folder = await makeFolder();
  const fullDisk = (): string => {
    throw new Error("no space left on device");
  };
  await expect(createOnce(folder.at("token"), fullDisk)).rejects.toThrow("no space left");
  expect(await readdir(folder.at("."))).toEqual([]);
});

it("gives several makers the same text, and leaves the file alone", async () => {
  await using folder = await makeFolder();
  let made = 0;
  const texts = await Promise.all(Array.from({ length: 5 }, () => createOnce(folder.at("token"), () => `text ${++made}`)));
  expect(new Set(texts).size).toBe(1);
  expect(await readdir(folder.at("."))).toEqual(["token"]);
});
