import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { makeFolder } from "../support/folder.ts";

const LOOM = fileURLToPath(new URL("../../core/cli/loom.js", import.meta.url));

it.each([
  ["is full", async () => openSync("/dev/full", "w")],
  ["has no reader any more", async () => closedPipe()],
] as const)("the gateway goes on where what it prints to %s", { timeout: 60_000 }, async (_, open) => {
  await using home = await makeFolder();
  const output = await open();
  const env = { PATH: process.env["PATH"], HOME: home.path, LOOM_HOME: home.path, LOOM_LOG_LEVEL: "debug" };
  const child = spawn(process.execPath, [LOOM, "start", "--port", "0"], { env, stdio: ["ignore", output, output] });
  closeSync(output);
  const ended = once(child, "exit");
  try {
    const { address } = (await eventually(async () => JSON.parse(await readFile(home.at("gateway.json"), "utf8").catch(() => "null")) as { address: string } | null, (file) => file !== null || child.exitCode !== null))!;
    await eventually(async () => (await fetch(`${address}/readyz`)).ok, Boolean);
  } finally {
    child.kill("SIGTERM");
  }
  expect(await ended).toEqual([0, null]);
});

/** The end to write to of a pipe whose other end is closed. */
async function closedPipe(): Promise<number> {
  await using folder = await makeFolder();
  const path = folder.at("pipe");
  await once(spawn("mkfifo", [path]), "exit");
  const both = openSync(path, "r+");
  const write = openSync(path, "w");
  closeSync(both);
  return write;
}
