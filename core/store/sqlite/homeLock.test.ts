import { spawn } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { expect, it } from "vitest";
import { makeFolder } from "../../../test/support/folder.ts";
import { lockHome } from "./homeLock.ts";

it("gives a home to one holder at a time and names the first to the second", async () => {
  await using folder = await makeFolder();
  const file = folder.at("lock.db");
  const first = lockHome(file);
  expect(() => lockHome(file)).toThrow(expect.objectContaining({ code: "HOME_IN_USE", message: expect.stringContaining(`${process.pid}`) }));
  first.describe("The gateway at http://127.0.0.1:7373");
  expect(() => lockHome(file)).toThrow(/^The gateway at http:\/\/127\.0\.0\.1:7373 /);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  first.release();
  first.release();
  lockHome(file).release();
});

it("holds and frees a home also where the holder's words cannot be written", async () => {
  await using folder = await makeFolder({ "lock.db.holder/x": "" });
  const first = lockHome(folder.at("lock.db"));
  expect(() => lockHome(folder.at("lock.db"))).toThrow(/^Another gateway uses this LOOM_HOME already/);
  first.release();
  lockHome(folder.at("lock.db")).release();
});

it("frees the home of a process that was killed", async () => {
  await using folder = await makeFolder();
  const file = folder.at("lock.db");
  const module = new URL("./homeLock.ts", import.meta.url).href;
  const script = `const { lockHome } = await import(${JSON.stringify(module)}); globalThis.held = lockHome(${JSON.stringify(file)}); console.log("held"); process.stdin.resume();`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  expect(() => lockHome(file)).toThrow(expect.objectContaining({ code: "HOME_IN_USE", message: expect.stringContaining(`${child.pid}`) }));
  child.kill("SIGKILL");
  await once(child, "exit");
  lockHome(file).release();
});
