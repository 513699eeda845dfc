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

test("a gateway whose output goes into a file writes its address there, and no link that lets its readers in", async () => {
  await using folder = await makeFolder();
  await using log = await open(folder.at("loom.log"), "w");
  const child = spawn(process.execPath, [launcher, "start", "--port", "0"], { env: { ...process.env, LOOM_HOME: folder.at("home") }, stdio: ["ignore", log.fd, log.fd] });
  try {
    const written = await eventually(() => readFile(folder.at("loom.log"), "utf8"), (text) => text.includes("Sign in with") || child.exitCode !== null);
    expect(written).toContain("Loom is at http://127.0.0.1:");
    expect(written).not.toContain("#sign-in");
    expect(written).toContain("`loom open`");
  } finally {
    const ended = once(child, "exit");
    child.kill();
    await ended;
  }
});
