import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { makeFolder } from "../support/folder.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";

test("a secret of .env that a step prints, throws with, or a file throws with, is written and shown nowhere", async () => {
  await using home = await makeFolder({
    ".env": "DEPLOY_SECRET=hunter-2-for-ever\n",
    "workflows/broken.ts": "throw new Error(`no login with ${process.env.DEPLOY_SECRET}`);",
    "workflows/asking.ts": `import { defineWorkflow } from "loom-gateway";
import * as z from "zod";
const fail = () => { throw new Error(\`no check with \${process.env.DEPLOY_SECRET}\`); };
export const workflow = defineWorkflow({ id: "asking", name: "Ask", input: z.object({ to: z.string().default("none").transform((to) => (to === "none" ? to : fail())) }), steps: [{ id: "a", label: "A", run: () => 1 }] });
`,
    "workflows/login.ts": `import { defineWorkflow } from "loom-gateway";
export const workflow = defineWorkflow({
  id: "login",
  name: "Log in",
  steps: [{ id: "ask", label: "ASK", run: async ({ phase, sleep }) => {
    for (const text of ["hunter", "-2-for-", "ever"]) { process.stdout.write(text); await sleep(100); }
    console.log(" printed");
    await phase(\`as \${process.env.DEPLOY_SECRET}\`, () => {});
    throw new Error(\`login with \${process.env.DEPLOY_SECRET} failed\`); } }],
});
`,
  });
  await using gateway = await GatewayProcess.start({ home: home.path });
  await eventually(() => gateway.all("/strands"), (strands) => strands.some(({ id }) => id === "login"));
  const refused = await fetch(`${gateway.address}/api/loom/strands/asking/run`, { method: "POST", body: '{ "input": { "to": "ann" } }', headers: { authorization: `Bearer ${gateway.token}`, "content-type": "application/json" } });
  expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining("no check with [redacted]")]);
  // Nor does the door tell who guesses that they are right.
  expect(await (await fetch(`${gateway.address}/hunter-2-for-ever`)).text()).toContain("hunter-2-for-ever");
  const { command } = await gateway.api("/strands/login/run", { method: "POST", body: "{}", headers: { "content-type": "application/json" } });
  const run = await eventually(() => gateway.api(`/runs/${command.runId}`), ({ status }) => status === "failed");
  expect(run.error).toContain("login with [redacted] failed");
  expect(run.steps.map(({ id }: { id: string }) => id)).toEqual(["ask", "ask/as [redacted]"]);
  expect(await gateway.api(`/runs/${run.id}/steps/ask/output?after=0`)).toMatchObject({ text: "[redacted] printed\n" });
  const files = await eventually(() => gateway.all<{ problems: { message: string }[] }>("/workflows"), (all) => all.some(({ problems }) => problems.length > 0));
  expect(files.flatMap(({ problems }) => problems.map(({ message }) => message))).toEqual(["It threw while it was loaded: no login with [redacted]"]);
  await gateway.kill("SIGTERM");
  const written = (await readdir(home.path)).filter((name) => name !== ".env" && name.includes("."));
  const holding = await Promise.all(written.map(async (name) => ((await readFile(home.at(name))).includes("hunter-2-for-ever") ? name : null)));
  expect(holding.filter((name) => name !== null)).toEqual([]);
});
