import { chmod, lchown, readdir } from "node:fs/promises";
import { expect, it, onTestFinished, vi } from "vitest";
import { makeFolder } from "../../test/support/folder.ts";
import { checkTypes } from "./typeCheck.ts";

/** Asks for a package that it can do without, as the real one does for what its platform needs and for what shows its errors. */
const TSC = `
import { createRequire } from "node:module";
const found = [];
try { found.push(import.meta.resolve("loot/package.json")); } catch {}
try { createRequire(import.meta.url)("loot"); found.push("required"); } catch {}
if (found.length > 0) console.log("error TS9999: " + found.join(" "));
`;

it("lays nothing down where others could change it behind its back", async () => {
  await using shared = await makeFolder({
    "home/node_modules/typescript/package.json": '{ "name": "typescript", "version": "7.0.0", "type": "module" }',
    "home/node_modules/typescript/bin/tsc": "",
    "home/workflows/a.ts": "",
    "tmp/.keep": "",
  });
  const home = shared.at("home");
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv("TMPDIR", shared.at("tmp"));
  const check = (): ReturnType<typeof checkTypes> => checkTypes([`${home}/workflows/a.ts`], home, home);
  for (const [mode, checked] of [[0o700, true], [0o777, false], [0o770, false], [0o1777, true]] as const) {
    await chmod(shared.at("tmp"), mode);
    expect(await check()).toMatchObject({ checked, ...(!checked && { reason: expect.stringContaining("TMPDIR") }) });
  }
});

it.runIf(process.getuid?.() === 0)("lets TypeScript load nothing that another user has put above a home", async () => {
  await using shared = await makeFolder({
    "home/node_modules/typescript/package.json": '{ "name": "typescript", "version": "7.0.0", "type": "module" }',
    "home/node_modules/typescript/bin/tsc": TSC,
    "home/workflows/a.ts": "",
    "node_modules/loot/package.json": '{ "name": "loot", "version": "1.0.0", "main": "i.cjs" }',
    "node_modules/loot/i.cjs": "",
  });
  const home = shared.at("home");
  const check = (): ReturnType<typeof checkTypes> => checkTypes([`${home}/workflows/a.ts`], home, home);
  expect(await check()).toMatchObject({ checked: true, problems: [{ message: expect.stringMatching(/loot\/package\.json required/) }] });
  await chmod(shared.path, 0o1777);
  for (const name of ["node_modules", "node_modules/loot", ...(await readdir(shared.at("node_modules/loot"))).map((file) => `node_modules/loot/${file}`)]) await lchown(shared.at(name), 65_534, 65_534);
  expect(await check()).toEqual({ checked: true, typescript: "7.0.0", problems: [] });
});
