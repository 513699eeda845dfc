import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
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
