import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { expect, test, vi } from "vitest";
import { makeFolder } from "../support/folder.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";
import { filesOfTheGuide } from "../support/guide.ts";

// Each test starts real processes, which takes a starved machine half a minute each.
vi.setConfig({ testTimeout: 300_000 });

test("an author lays down a home, breaks a workflow, is told the line and how to mend it, and mends it", async () => {
  await using home = await makeFolder();
  const gateway = new GatewayProcess({ home: home.path });
  const command = gateway.loom.bind(gateway);
  const file = home.at("workflows/hello.ts");

  const first = await command("init");
  expect(first.code).toBe(0);
  expect(first.stdout).toContain(`made    ${file}\n`);
  for (const folder of ["workflows", "operations"]) expect(existsSync(home.at(folder))).toBe(true);
  expect(await command("check")).toMatchObject({ code: 0, stdout: `✓ ${file}  hello, 2 steps\n`, stderr: "" });

  const right = await readFile(file, "utf8");
  await home.write({ "workflows/hello.ts": right.replace('dependsOn: ["look"]', 'dependsOn: ["lok"]').replace("retries", "retires") });
  const broken = await command("check");
  expect(broken.code).toBe(1);
  expect(broken.stdout).toContain(`${file}:16: There is no "retires" here.\n    Did you mean "retries"?\n`);
  expect(broken.stdout).toContain(`${file}:26: Step "greet" depends on "lok", which is no step of this workflow.\n    Did you mean "look"?\n`);
  const { code, stdout } = await command("check", file, "--json");
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    items: [
      { file, line: 16, column: 7, message: 'There is no "retires" here.', mend: 'Did you mean "retries"?' },
      { file, line: 26 },
      { file, line: 28, mend: null },
    ],
    files: [{ path: file, root: "home", holds: [{ kind: "workflow", id: "hello" }] }],
    types: { checked: true },
  });

  expect((await command("init")).stdout).toContain(`kept    ${home.at("tsconfig.json")}\n`);
  expect(await readFile(file, "utf8")).toContain("retires");
  await home.write({ "workflows/hello.ts": right });
  expect((await command("check")).code).toBe(0);
});

test("every file of the guides to workflows and operations passes the check", async () => {
  const files = { ...(await filesOfTheGuide("workflows")), ...(await filesOfTheGuide("operations")) };
  expect(Object.keys(files).length).toBeGreaterThan(8);
  await using home = await makeFolder(files);
  const { code, stdout } = await new GatewayProcess({ home: home.path }).loom("check", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ items: [], types: { checked: true } });
  expect(code).toBe(0);
});

test("a gateway looks into nothing where it was started: programs run in its home, and changed files are taken when that folder is gone", async () => {
  const where = (name: string): string => `import { defineWorkflow } from "loom-gateway";
    export const workflow = defineWorkflow({ id: "where", name: "${name}", steps: [{ id: "ask", label: "ASK", run: async (ctx) => console.log((await ctx.run("pwd")).stdout) }] });`;
  await using home = await makeFolder({ "workflows/where.ts": where("First") });
  await using elsewhere = await makeFolder({ "gone/a": "" });
  await using gateway = await GatewayProcess.start({ home: home.path, cwd: elsewhere.at("gone") });
  await rm(elsewhere.at("gone"), { recursive: true });
  await home.write({ "workflows/where.ts": where("Second") });
  await expect.poll(async () => (await gateway.all<{ name: string }>("/strands")).map(({ name }) => name), { timeout: 60_000 }).toContain("Second");
  expect((await gateway.loom("run", "where", "--wait")).code).toBe(0);
  expect((await gateway.loom("logs", "where")).stdout).toContain(home.path);
});
