import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { expect, test } from "vitest";
import { openDoor, TOKEN } from "../../../test/support/door.ts";
import { makeFolder } from "../../../test/support/folder.ts";
import { thisGateway } from "../../config/gatewayFile.ts";
import { FakeClock } from "../../testing/fakeClock.ts";
import { openCommand } from "./open.ts";

test("the browser is led to the link by a page that its owner alone may read, since arguments can be read by everybody", async () => {
  await using door = await openDoor();
  const gateway = thisGateway(`http://127.0.0.1:${door.port}`, "2026-11-21T00:00:00.000Z");
  await using home = await makeFolder({ "gateway.json": JSON.stringify(gateway), token: TOKEN, "sign-in.html": "of the last time", "bin/xdg-open": '#!/bin/sh\necho "$@" > "$OPENED.part"; mv "$OPENED.part" "$OPENED"\n' });
  await chmod(home.at("bin/xdg-open"), 0o755);
  await writeFile(home.at("sign-in.html"), "of the last time", { mode: 0o644 });
  const printed: string[] = [];
  const terminal = { out: (line: string) => void printed.push(line), err: () => {}, columns: Infinity, paint: (_: unknown, text: string) => text };
  const program = new Command();
  const env = { ...process.env, DISPLAY: ":9", PATH: `${home.at("bin")}:${process.env["PATH"]}`, OPENED: home.at("opened") };
  openCommand(program, { env, terminal, clock: new FakeClock(), home: () => home.path, exit: () => {} });
  await program.parseAsync(["open"], { from: "user" });

  await expect.poll(() => readFile(home.at("opened"), "utf8").catch(() => null), { timeout: 10_000 }).not.toBeNull();
  const [link] = printed;
  const opened = (await readFile(home.at("opened"), "utf8")).trim();
  expect(link).toMatch(/#sign-in=[\w-]{43}$/);
  expect(opened).not.toContain(link!.split("=")[1]);
  const page = fileURLToPath(opened);
  expect(await readFile(page, "utf8")).toContain(`url=${link}"`);
  expect((await stat(page)).mode & 0o777).toBe(0o600);
});
