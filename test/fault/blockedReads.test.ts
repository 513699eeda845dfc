import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, it, onTestFinished } from "vitest";
import { eventually } from "../support/eventually.ts";
import { makeFolder, type Folder } from "../support/folder.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";

/** Reads a pipe as often as it is told; nobody writes into it. A gateway has four threads to read files in. */
const reader = `
  import { readFile } from "node:fs/promises";
  import { definePlugin } from "loom-gateway";
  export default definePlugin({
    setup(ctx) {
      for (let n = 0; n < Number(process.env.READS); n++) void readFile(process.env.PIPE!);
      ctx.log.info("it reads the pipe");
    },
  });`;

/** A home with a plugin that reads the pipe beside it. */
async function home(): Promise<Folder> {
  const folder = await makeFolder({
    "home/plugins/reader/manifest.json": JSON.stringify({ id: "reader", name: "Reader", version: "1.0.0", apiVersion: "^1.0.0" }),
    "home/plugins/reader/index.ts": reader,
  });
  execFileSync("mkfifo", [folder.at("pipe")]);
  return folder;
}

/** A gateway on that home, when its plugin has begun to read. */
async function reading(folder: Folder, reads: number): Promise<GatewayProcess> {
  const loom = await GatewayProcess.start({ home: folder.at("home"), env: { PIPE: folder.at("pipe"), READS: String(reads) } });
  // Also where it does not end, and the test does.
  onTestFinished(() => loom[Symbol.asyncDispose]());
  await eventually(async () => loom.output, (output) => output.includes("it reads the pipe"));
  return loom;
}

it("a gateway stops in order while a file is read that never comes, and leaves the read behind", { timeout: 120_000 }, async () => {
  await using folder = await home();
  const loom = await reading(folder, 1);
  await eventually(async () => (await fetch(`${loom.address}/readyz`)).ok, Boolean);
  await loom.kill("SIGTERM");
  expect(loom.output).toContain("Loom has stopped, and is ended");
  expect(existsSync(folder.at("home/gateway.json"))).toBe(false);
});

it("a second signal ends it also where no file can be read any more", { timeout: 120_000 }, async () => {
  await using folder = await home();
  const loom = await reading(folder, 4);
  process.kill(loom.pid, "SIGINT");
  await loom.kill("SIGTERM");
  expect(loom.output).not.toContain("has stopped");
});

it("pipes in the place of an OpenClaw's files take no source off the page, and hold up no stop", { timeout: 120_000 }, async () => {
  await using folder = await home();
  await folder.write({ "home/.openclaw/state/.keep": "", "home/.openclaw-other/state/.keep": "" });
  execFileSync("mkfifo", [folder.at("home/.openclaw/openclaw.json"), folder.at("home/.openclaw-other/.env")]);
  const loom = await reading(folder, 0);
  const sources = await eventually(() => loom.all<{ label: string; message: string | null }>("/sources"), (all) => all.length === 2 && all.every(({ message }) => message?.includes("is a pipe")));
  expect(sources.map(({ label }) => label).toSorted()).toEqual(["OpenClaw", "OpenClaw other"]);
  await loom.kill("SIGTERM");
  expect(loom.exitCode).toBe(0);
});
