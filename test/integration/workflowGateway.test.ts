import { createHmac } from "node:crypto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { eventually } from "../support/eventually.ts";
import { makeFolder, type Folder } from "../support/folder.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";

// Workflows in a real gateway, as a person meets them on the command line and a program at the API.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const weather = (greeting: string): string => `
import { defineWorkflow } from "loom-gateway";
import * as z from "zod";

export const workflow = defineWorkflow({
  id: "weather",
  name: "Weather",
  input: z.object({ cities: z.array(z.string()).default(["Berlin"]), days: z.int().min(1).default(1), fail: z.boolean().default(false) }),
  triggers: [{ webhook: "hmac", secret: "WEATHER_SECRET" }],
  concurrency: { runs: 4 },
  steps: [
    {
      id: "ask",
      label: "ASK",
      each: ({ input }) => input.cities,
      run: async (ctx) => {
        for (let day = 1; day <= ctx.input.days; day++) ctx.log.info(\`\${ctx.item} day \${day}\`);
        await ctx.artifact("city.json", { city: ctx.item });
        return ctx.item.length;
      },
    },
    {
      id: "sum",
      label: "SUM",
      dependsOn: ["ask"],
      run: (ctx) => {
        ctx.log.info("${greeting}");
        if (ctx.input.fail && !process.env.MENDED) throw new Error("the sum is wrong");
        return ctx.results.ask.reduce((sum, letters) => sum + letters, 0);
      },
    },
  ],
});
`;

const patient = `
import { defineWorkflow } from "loom-gateway";
export const workflow = defineWorkflow({ id: "patient", name: "Patient", steps: [{ id: "wait", label: "WAIT", run: (ctx) => ctx.run("sleep", ["600"]) }] });
`;

let home: Folder;
let gateway: GatewayProcess;

beforeAll(async () => {
  home = await makeFolder({ "workflows/weather.ts": weather("hello"), "workflows/patient.ts": patient });
  gateway = await GatewayProcess.start({ home: home.path, env: { WEATHER_SECRET: "s3cret-that-is-long" } });
  await eventually(() => gateway.all("/strands"), (strands) => strands.filter(({ id }) => id === "weather" || id === "patient").length === 2);
});
afterAll(async () => {
  await gateway?.kill("SIGTERM");
  await gateway?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
});

const newest = async (strandId: string): Promise<any> => (await gateway.api(`/strands/${strandId}/runs?limit=1`)).items[0];

test("a run is followed from its first line to its end, each line once", async () => {
  const { code, stdout } = await gateway.loom("run", "weather", "--cities", "Oslo", "--cities", "Rome", "--days", "500", "--follow");
  const lines = stdout.split("\n");
  expect(code).toBe(0);
  for (const [item, city] of ["Oslo", "Rome"].entries()) {
    expect(lines.filter((line) => line.startsWith(`ask[${item}]  ${city}`))).toEqual(Array.from({ length: 500 }, (_, day) => `ask[${item}]  ${city} day ${day + 1}`));
  }
  expect(lines.filter((line) => line === "sum  hello")).toHaveLength(1);
  expect(lines.at(-2)).toMatch(/^succeeded after /);
  const run = await gateway.api(`/runs/${(await newest("weather")).id}`);
  expect(run.steps.map(({ id, parent, status }: any) => [id, parent, status])).toEqual([
    ["ask", null, "completed"],
    ["ask[0]", "ask", "completed"],
    ["ask[1]", "ask", "completed"],
    ["sum", null, "completed"],
  ]);
  expect(run.steps.at(-1).result).toBe(8);
  const artifact = await fetch(`${gateway.address}/api/loom/runs/${run.id}/steps/${encodeURIComponent("ask[1]")}/artifacts/city.json`, { headers: { authorization: `Bearer ${gateway.token}` } });
  expect([artifact.headers.get("content-disposition"), await artifact.json()]).toEqual([expect.stringContaining("attachment"), { city: "Rome" }]);
  expect((await gateway.loom("logs", "weather", "--search", "ROME DAY 50", "--limit", "2")).stdout).toBe("ask[1]:50: Rome day 50\nask[1]:500: Rome day 500\n");
});

test("an input that does not fit is told with every problem, before anything runs", async () => {
  const before = await newest("weather");
  const { code, stderr } = await gateway.loom("run", "weather", "--days", "0", "--input", '{"cities":5}');
  expect(code).toBe(1);
  expect(stderr).toMatch(/WORKFLOW_INPUT_INVALID[^]*cities[^]*days/);
  expect((await newest("weather")).id).toBe(before.id);
});

test("a run that failed goes on from where it failed, with what its first step gave", async () => {
  const failed = await gateway.loom("run", "weather", "--cities", "Bonn", "--fail", "--follow");
  expect(failed.code).toBe(1);
  expect(failed.stdout).toMatch(/^sum {2}failed: the sum is wrong$/m);
  const run = await newest("weather");
  await home.write({ "workflows/weather.ts": weather("mended").replace("!process.env.MENDED", "false") });
  await eventually(() => gateway.api("/strands/weather"), ({ version }) => version > run.version);
  const again = await gateway.loom("retry", run.id, "--from", "failed", "--follow");
  expect([again.code, again.stdout]).toEqual([0, expect.stringMatching(/^started run \S+\nask {2}completed\n(ask\[0\] {2}completed\n)?sum {2}mended\nsum {2}completed\nsucceeded/)]);
  expect(await newest("weather")).toMatchObject({ rerunOf: run.id, version: run.version + 1 });
  const { files } = await gateway.api(`/strands/weather/versions/${run.version}/diff`);
  expect(files).toEqual([{ path: expect.stringContaining("weather.ts"), patch: expect.stringMatching(/\n-.*hello[^]*\n\+.*mended/) }]);
});

test("a signed request starts it, and one that is not does not", async () => {
  const body = JSON.stringify({ cities: ["Ulm"] });
  const hook = async (signature: string): Promise<[number, any]> => {
    const answer = await fetch(`${gateway.address}/hooks/weather`, { method: "POST", body, headers: { "X-Hub-Signature-256": `sha256=${signature}` } });
    return [answer.status, await answer.json()];
  };
  expect(await hook("0".repeat(64))).toEqual([401, expect.objectContaining({ code: "WEBHOOK_REFUSED" })]);
  const [status, { runId }] = await hook(createHmac("sha256", "s3cret-that-is-long").update(body).digest("hex"));
  expect(status).toBe(202);
  const run = await eventually(() => gateway.api(`/runs/${runId}`), ({ finishedAt }) => finishedAt !== null);
  expect(run).toMatchObject({ trigger: "webhook", status: "succeeded", input: { cities: ["Ulm"], days: 1 } });
});

test("a broken save keeps the last good version, and says what is wrong with it", async () => {
  await home.write({ "workflows/weather.ts": weather("broken").replace("days:", "days") });
  await eventually(() => gateway.all("/strands"), (strands) => strands.find(({ id }) => id === "weather").woven.problems.length > 0);
  const { code, stderr } = await gateway.loom("reload");
  expect(code).toBe(1);
  expect(stderr).toContain(`mistake ${home.at("workflows/weather.ts")}:8: `);
  expect((await gateway.loom("run", "weather", "--follow")).stdout).toMatch(/^sum {2}mended$/m);
  await home.write({ "workflows/weather.ts": weather("whole again") });
  expect((await gateway.loom("reload")).code).toBe(0);
  expect((await gateway.loom("run", "weather", "--follow")).stdout).toMatch(/^sum {2}whole again$/m);
});

test("a run is cancelled, and one of a paused workflow refused", async () => {
  expect((await gateway.loom("run", "patient")).code).toBe(0);
  await eventually(() => newest("patient"), ({ status }) => status === "running");
  expect((await gateway.loom("cancel", "patient", "--grace", "5")).code).toBe(0);
  await eventually(() => newest("patient"), ({ status }) => status === "cancelled");
  expect((await gateway.loom("pause", "patient")).code).toBe(0);
  await eventually(() => gateway.api("/strands/patient"), ({ paused }) => paused !== null);
  expect(await gateway.loom("run", "patient")).toMatchObject({ code: 3, stderr: "refused run Patient: It is paused by token.\n" });
  expect((await gateway.loom("resume", "patient")).stdout).toBe("Nothing is paused.\n");
});
