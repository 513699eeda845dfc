import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { makeFolder } from "../support/folder.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";
import { workflow } from "../support/libraryStage.ts";

interface File {
  readonly path: string;
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}

test("loom check finds files by their ids, and blames the one that the gateway keeps out", async () => {
  await using home = await makeFolder({ ".env": "REGION=north\n", "workflows/first.ts": workflow("x", "description: process.env.REGION!.toUpperCase(),") });
  await using gateway = await GatewayProcess.start({ home: home.path });
  await eventually(() => gateway.all("/strands"), (strands) => strands.some(({ id }) => id === "x"));
  await home.write({ "workflows/earlier-name.ts": workflow("x") });
  const files = await eventually(() => gateway.all<File>("/workflows"), (all) => all.some(({ problems }) => problems.length > 0));
  const [broken] = files.filter(({ problems }) => problems.length > 0);
  expect(broken).toMatchObject({ path: home.at("workflows/earlier-name.ts"), problems: [{ path: "earlier-name.ts:3:3", message: expect.stringContaining('has the id "x" too') }] });
  const ours = async (...args: string[]) => {
    const { code, stdout } = await gateway.loom("check", "--json", ...args);
    const { items, files: checked } = JSON.parse(stdout) as { items: { file: string; line: number; message: string }[]; files: File[] };
    return { code, items: items.map(({ file, line, message }) => [file, line, message]), files: checked.map(({ path }) => path) };
  };
  const blamed = [broken!.path, 3, broken!.problems[0]!.message];
  expect(await ours("x", "earlier-name")).toEqual({ code: 1, items: [blamed], files: [home.at("workflows/first.ts"), broken!.path] });
  // By itself it takes them in the order of their names, as a gateway does that sees them for the first time.
  await gateway.kill("SIGTERM");
  expect((await ours()).items).toEqual([[home.at("workflows/first.ts"), 3, expect.stringContaining('has the id "x" too')]]);
});

test("loom check tells what it found also where a file has left a process of its own behind, which it ends first", async () => {
  await using home = await makeFolder({ "workflows/a.ts": 'import { spawn } from "node:child_process";\nspawn("sleep", ["1000"], { detached: true });\nprocess.kill(process.pid, "SIGKILL");\n' });
  await using gateway = new GatewayProcess({ home: home.path });
  expect(await gateway.loom("check")).toMatchObject({ code: 1, stdout: expect.stringContaining("It ended its process while it was loaded.") });
});
