import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { makeFolder } from "../support/folder.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";

test("a secret of .env that a step throws with is written nowhere", async () => {
  await using home = await makeFolder({
    ".env": "DEPLOY_SECRET=hunter-2-for-ever\n",
    "workflows/login.ts": `import { defineWorkflow } from "loom-gateway";
export const workflow = defineWorkflow({
  id: "login",
  name: "Log in",
  steps: [{ id: "ask", label: "ASK", run: () => { throw new Error(\`login with \${process.env.DEPLOY_SECRET} failed\`); } }],
});
`,
  });
  await using gateway = await GatewayProcess.start({ home: home.path });
  await eventually(() => gateway.all("/strands"), (strands) => strands.some(({ id }) => id === "login"));
  const { command } = await gateway.api("/strands/login/run", { method: "POST", body: "{}", headers: { "content-type": "application/json" } });
  const run = await eventually(() => gateway.api(`/runs/${command.runId}`), ({ status }) => status === "failed");
  expect(run.error).toContain("login with [redacted] failed");
  await gateway.kill("SIGTERM");
  const written = (await readdir(home.path)).filter((name) => name !== ".env" && name.includes("."));
  const holding = await Promise.all(written.map(async (name) => ((await readFile(home.at(name))).includes("hunter-2-for-ever") ? name : null)));
  expect(holding.filter((name) => name !== null)).toEqual([]);
});
