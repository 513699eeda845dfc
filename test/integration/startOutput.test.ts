import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { eventually } from "../support/eventually.ts";
import { makeFolder } from "../support/folder.ts";

// A starved machine takes half a minute to start a gateway.
vi.setConfig({ testTimeout: 120_000 });

const launcher = fileURLToPath(new URL("../../core/cli/loom.js", import.meta.url));

/** What a gateway with this configuration has written into the file that its output goes to. */
async function writtenWith(config: object): Promise<string> {
  await using folder = await makeFolder({ "home/config.json": JSON.stringify(config) });
  await using log = await open(folder.at("loom.log"), "w");
  const child = spawn(process.execPath, [launcher, "start", "--port", "0"], { env: { ...process.env, LOOM_HOME: folder.at("home") }, stdio: ["ignore", log.fd, log.fd] });
  try {
    return await eventually(() => readFile(folder.at("loom.log"), "utf8"), (text) => text.includes("Sign in with") || child.exitCode !== null);
  } finally {
    const ended = once(child, "exit");
    child.kill();
    await ended;
  }
}

test("a gateway writes its address and a link wherever its output goes, but on a shared machine no link into a file", async () => {
  const [own, shared] = [await writtenWith({}), await writtenWith({ sharedMachine: true })];
  expect(own).toMatch(/Loom is at http:\/\/127\.0\.0\.1:\d+\n.*Sign in with http:.*#sign-in=/s);
  expect(shared).toContain("Loom is at http://127.0.0.1:");
  expect(shared).not.toContain("#sign-in");
  expect(shared).toContain("`loom open`");
});
