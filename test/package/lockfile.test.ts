import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { dependenciesPage, PERMISSIVE } from "../../config/dependencies.ts";

interface Locked {
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly gypfile?: boolean;
}

const read = async (name: string): Promise<any> => JSON.parse(await readFile(new URL(`../../${name}`, import.meta.url), "utf8"));
const lock = (await read("package-lock.json")).packages as Record<string, Locked>;
const fetched = Object.entries(lock).filter(([path, { link }]) => path.startsWith("node_modules/") && !link);

it("pins every package by its content, and names no registry", () => {
  expect(fetched.length).toBeGreaterThan(100);
  expect(fetched.filter(([, { integrity }]) => !integrity)).toEqual([]);
  expect(fetched.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});

it("runs no install script of any package", async () => {
  const { allowScripts } = await read("package.json");
  const scripted = fetched.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path.replace("node_modules/", ""));
  expect(scripted.filter((name) => allowScripts[name] !== false)).toEqual([]);
});

it("keeps npm from compiling SQLite, which comes ready-made", () => {
  // npm leaves this line of the package's own package.json out of the lockfile, and then takes its binding.gyp for an order
  // to compile. `npm install` drops the line: write it back.
  expect(lock["node_modules/better-sqlite3"]?.gypfile).toBe(false);
});

it("asks for exact versions only", async () => {
  const { dependencies, devDependencies } = await read("package.json");
  expect(Object.entries({ ...dependencies, ...devDependencies }).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version)))).toEqual([]);
});

it("ships nothing under a licence that asks for more than to be named, and lists all", async () => {
  const asking = fetched.filter(([, { dev, license }]) => !dev && !PERMISSIVE.has(license ?? "unknown")).map(([path, { license }]) => `${path}: ${license}`);
  expect(asking).toEqual([]);
  expect(await readFile(new URL("../../docs/dependencies.md", import.meta.url), "utf8")).toBe(dependenciesPage(lock));
});
