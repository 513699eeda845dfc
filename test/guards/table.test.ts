import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { guards } from "./table.ts";

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");

it("each guard stands once where the table says, so that it can be taken out", () => {
  const missing = guards.filter(({ file, from }) => read(file).split(from).length !== 2).map(({ keepsOut, file }) => `${keepsOut}: ${file}`);
  expect(missing).toEqual([]);
});

it("each test that is to notice is there", () => {
  const missing = guards.flatMap(({ tests }) => tests).filter((file) => !existsSync(new URL(`../../${file}`, import.meta.url)));
  expect(missing).toEqual([]);
});
