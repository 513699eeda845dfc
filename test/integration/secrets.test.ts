import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { makeFolder } from "../support/folder.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";
import { plugin } from "../support/pluginHost.ts";

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

/** The files of a plugin whose `setup` has this body. */
function pluginOf(id: string, setup: string): Record<string, string> {
  const files = Object.entries(plugin(id, `const secret = process.env.DEPLOY_SECRET;\n${setup}`));
  return Object.fromEntries(files.map(([name, text]) => [`plugins/${id}/${name}`, text]));
}

test("a secret that a plugin throws with, or tells of itself, is shown to nobody", async () => {
  await using home = await makeFolder({
    ".env": "DEPLOY_SECRET=hunter-2-for-ever\n",
    ...pluginOf("broken", "throw new Error(`no login with ${secret}`);"),
    ...pluginOf("telling", `
      ctx.strands.add({ id: "throws", name: "T", steps: [{ id: "run", label: "RUN" }], run: async () => { throw new Error(\`401 for \${secret}\`); } });
      ctx.strands.add({ id: "prints", name: "P", steps: [{ id: "run", label: "RUN" }], run: async () => \`as \${secret}\` });
      ctx.notice({ level: "warning", title: \`Is \${secret} right?\`, lines: [\`It was \${secret}.\`] });
      ctx.widgets.add({ id: "state", title: "State", read: async () => [{ label: \`of \${secret}\`, value: \`is \${secret}\` }] });
      ctx.sources.add({ identity: "far", label: "Far", can: { setEnabled: true, runNow: "no" }, snapshot: async () => { throw new Error(\`refused: \${secret}\`); } });`),
  });
  await using gateway = await GatewayProcess.start({ home: home.path, env: { DEPLOY_SECRET: "hunter-2-for-ever" } });
  const plugins = await eventually(() => gateway.all<{ id: string; state: string; error: { message: string } | null; notice: { title: string; lines: string[] } | null }>("/plugins"), (all) => all.find(({ id }) => id === "broken")?.error !== null && all.some(({ notice }) => notice));
  expect(plugins.find(({ id }) => id === "broken")?.error?.message).toBe("no login with [redacted]");
  expect(plugins.find(({ id }) => id === "telling")?.notice).toMatchObject({ title: "Is [redacted] right?", lines: ["It was [redacted]."] });
  expect((await gateway.api("/plugins/telling/widgets/state")).rows).toEqual([{ label: "of [redacted]", value: "is [redacted]", level: null }]);
  const sources = await eventually(() => gateway.all<{ id: string; label: string; message: string | null }>("/sources"), (all) => all.some(({ label, message }) => label === "Far" && message?.includes("refused")));
  expect(sources.find(({ label }) => label === "Far")?.message).toBe("refused: [redacted]");
  const strands = await eventually(() => gateway.all<{ id: string; name: string }>("/strands"), (all) => ["T", "P"].every((name) => all.some((strand) => strand.name === name)));
  for (const { id, name } of strands.filter(({ name }) => ["T", "P"].includes(name))) {
    await gateway.api(`/strands/${encodeURIComponent(id)}/run`, { method: "POST", body: "{}", headers: { "content-type": "application/json" } });
    const [run] = await eventually(() => gateway.all<{ id: string; strandId: string; finishedAt: string | null; error: string | null }>("/runs").then((runs) => runs.filter(({ strandId, finishedAt }) => strandId === id && finishedAt !== null)), (runs) => runs.length > 0);
    const whole = await gateway.api(`/runs/${run!.id}`);
    const { text } = await gateway.api(`/runs/${run!.id}/steps/run/output?after=0`);
    expect([run!.error, JSON.stringify(whole).includes("hunter"), text]).toEqual(name === "T" ? ["401 for [redacted]", false, expect.anything()] : [null, false, "as [redacted]"]);
  }
});
