import { execFileSync } from "node:child_process";
import { mkdir, rm, rmdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { makeFolder } from "../../test/support/folder.ts";
import { FakeClock } from "../testing/fakeClock.ts";
import { quietLog } from "../testing/quietLog.ts";
import { announce, thisGateway } from "./gatewayFile.ts";
import { openHome } from "./home.ts";

test("a pipe in the place of gateway.json is told, and holds up no start", async () => {
  await using folder = await makeFolder();
  const home = await openHome(folder.path);
  execFileSync("mkfifo", [home.file("gateway.json")]);
  const warned: string[] = [];
  const log = { ...quietLog, warn: (message: string) => void warned.push(message) };
  const takeBack = await announce(thisGateway("http://127.0.0.1:1", "2026-11-21T00:00:00.000Z"), { home, clock: new FakeClock(), log });
  expect(warned).toEqual([expect.stringContaining("gateway.json cannot be written yet")]);
  expect(await takeBack()).toBe(true);
});

test("says when it cannot be taken back", async () => {
  await using folder = await makeFolder();
  const home = await openHome(folder.path);
  const takeBack = await announce(thisGateway("http://127.0.0.1:1", "2026-11-21T00:00:00.000Z"), { home, clock: new FakeClock(), log: quietLog });
  await rm(home.file("gateway.json"));
  await mkdir(home.file("gateway.json"));
  expect(await takeBack()).toBe(false);
  await rmdir(home.file("gateway.json"));
  expect(await takeBack()).toBe(true);
});
