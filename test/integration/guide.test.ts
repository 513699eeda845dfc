import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { eventually } from "../support/eventually.ts";
import { makeFolder, type Folder } from "../support/folder.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";
import { filesOfTheGuide } from "../support/guide.ts";
import { WebServer } from "../support/webServer.ts";

// All examples of the guides to workflows and operations, in one home of one real gateway, run as their readers would run them.
// The servers that they name are all played by one of this test's.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let server: WebServer;
let home: Folder;
let gateway: GatewayProcess;
/** The id of the strand of the guide to plugins, which is another on each machine. */
let greet: string;

beforeAll(async () => {
  server = await WebServer.start(({ path }, response) => {
    const [status, answer] = answerTo(path, server.asked.filter((one) => one.path === path).length);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  const plugin = await filesOfTheGuide("plugins");
  const files = { ...(await filesOfTheGuide("workflows")), ...(await filesOfTheGuide("operations")) };
  home = await makeFolder();
  const local = (text: string): string => text.replaceAll(/https:\/\/\w+\.example/g, `http://${server.host}`).replaceAll("localhost:8080", server.host).replaceAll("/home/ann", home.path);
  const { "workflows/complain.ts": complain, ...others } = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, local(text)]));
  await home.write(others);
  await home.write(Object.fromEntries(Object.entries(plugin).map(([name, text]) => [`plugins/hello/${name}`, text])));
  await home.write({ "photos/one.jpg": "1", "photos/two.jpg": "2", "sales/today.json": '{"sold":3}' });
  gateway = await GatewayProcess.start({ home: home.path, env: { DEPLOY_SECRET: "d3ploy-that-is-long", NOTE_TOKEN: "n0te-that-is-long", CHAT_SECRET: "ch4t" } });
  const ids = Object.keys(files).flatMap((name) => /^workflows\/(.*)\.ts$/.exec(name)?.[1] ?? []);
  const strands = async (): Promise<string[]> => (await gateway.all("/strands")).map(({ id }) => id);
  greet = (await eventually(strands, (there) => there.some(isGreet))).find(isGreet)!;
  await home.write({ "workflows/complain.ts": complain!.replaceAll(/hello:\w+:greet/g, greet) });
  await eventually(strands, (there) => ids.every((id) => there.includes(id)));
});
afterAll(async () => {
  await gateway?.kill("SIGTERM");
  await gateway?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

const isGreet = (id: string): boolean => /^hello:\w+:greet$/.test(id);

/** @param nth of the requests for this path, from 1 */
function answerTo(path: string, nth: number): [number, unknown] {
  if (path === "/orders.json") return [200, [{ total: 3 }, { total: 4 }]];
  if (path === "/rows.json") return [200, ["a", "b"]];
  // The first answers of these are troubles, which the steps' retries overcome.
  if (path === "/Oslo.json") return nth === 1 ? [503, null] : [200, -4];
  if (path === "/charges") return nth < 3 ? [500, null] : [201, {}];
  return [200, path === "/Berlin.json" ? 12 : {}];
}

const ended = (runId: string): Promise<any> => eventually(() => gateway.api(`/runs/${runId}`), ({ finishedAt }) => finishedAt !== null);

const ask = (id: string, input?: object): Promise<any> =>
  gateway.api(`/strands/${encodeURIComponent(id)}/run`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(input ? { input } : {}) });
const run = async (id: string, input?: object): Promise<any> => ended((await ask(id, input)).command.runId);

const resultsOf = (one: any): Record<string, unknown> => Object.fromEntries(one.steps.map(({ id, result }: any) => [id, result]));
const output = async (one: any, step: string): Promise<string> =>
  (await fetch(`${gateway.address}/api/loom/runs/${one.id}/steps/${encodeURIComponent(step)}/output`, { headers: { authorization: `Bearer ${gateway.token}` } })).text();
/** The newest run that `trigger` started. */
const startedBy = async (id: string, trigger: string): Promise<any> => {
  const { items } = await eventually(() => gateway.api(`/strands/${id}/runs`), ({ items: runs }) => runs.some((one: any) => one.trigger === trigger && one.finishedAt !== null));
  return gateway.api(`/runs/${items.find((one: any) => one.trigger === trigger && one.finishedAt !== null).id}`);
};

test("steps hand on their results, and those that wait for the same run side by side", async () => {
  const report = await run("nightly-report");
  expect(report.status).toBe("succeeded");
  expect(resultsOf(report)).toMatchObject({ sum: 7, count: 2 });
  expect(await output(report, "tell")).toContain("2 orders, 7 in all");
});

test("a list's items are tried again one by one, and a condition decides by what they gave", async () => {
  const weather = await run("weather");
  expect(weather.status).toBe("succeeded");
  expect(resultsOf(weather)).toMatchObject({ "ask[0]": { city: "Berlin", degrees: 12 }, "ask[1]": { city: "Oslo", degrees: -4 }, warn: "FROST IN OSLO" });
  expect(weather.steps.find(({ id }: any) => id === "ask[1]").attempt).toBe(2);
  const { code, stdout } = await gateway.loom("run", "weather", "--cities", "Berlin", "--follow");
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^warn {2}skipped/m)]);
});

test("a workflow is a step of another; phases, progress and artifacts are shown", async () => {
  const morning = await run("morning");
  expect(morning.status).toBe("succeeded");
  expect(morning.steps.map(({ id }: any) => id)).toEqual(["report", "import", "import/read", "import/write"]);
  expect(resultsOf(morning)["import"]).toBe(2);
  expect(morning.artifacts).toMatchObject([{ step: "import", name: "rows.json" }]);
});

test("a program's output decides; a step that answers ok: false fails in its own words", async () => {
  expect(await run("disk")).toMatchObject({ status: "succeeded" });
  const full = await gateway.loom("run", "disk", "--at-most", "0", "--follow");
  expect([full.code, full.stdout]).toEqual([1, expect.stringMatching(/^look {2}failed: The disk is \d+ % full\.$/m)]);
});

test("a step that takes too long is tried again and fails; what depends on it is skipped, what does not is done", async () => {
  const patience = await run("patience");
  expect(patience.status).toBe("failed");
  expect(patience.steps.map(({ id, status, code, attempt }: any) => [id, status, code, attempt])).toEqual([
    ["wait", "failed", "timeout", 2],
    ["after", "skipped", null, 0],
    ["beside", "completed", null, 1],
  ]);
});

test("attempts at one step share a key, and another run has another", async () => {
  const charge = await run("charge");
  expect(charge.status).toBe("succeeded");
  const tries = server.asked.filter(({ path }) => path === "/charges");
  expect(tries.map(({ headers }) => headers["idempotency-key"])).toEqual(Array.from({ length: 3 }, () => `${charge.id}/pay`));
});

test("a plugin's executor does a step; one that no node can do fails at its deadline", async () => {
  expect(resultsOf(await run("evening"))).toEqual({ light: { switched: { room: "kitchen", on: true } } });
  const transcode = await run("transcode");
  expect(transcode).toMatchObject({ status: "failed", steps: [{ id: "encode", code: "no_node" }] });
});

test("requests go where the settings allow, and nowhere else inside", async () => {
  expect(resultsOf(await run("health"))).toEqual({ ask: 200 });
  expect(await run("health", { url: "http://169.254.169.254/" })).toMatchObject({ status: "failed", steps: [{ code: "EGRESS_REFUSED" }] });
});

test("signed requests and tokens start workflows, once for each key; others do not", async () => {
  const hook = async (id: string, body: string, headers: Record<string, string>): Promise<[number, any]> => {
    const answer = await fetch(`${gateway.address}/hooks/${id}`, { method: "POST", body, headers });
    return [answer.status, await answer.json()];
  };
  const body = '{"ref":"next"}';
  const signed = { "X-Loom-Signature": `sha256=${createHmac("sha256", "d3ploy-that-is-long").update(body).digest("hex")}`, "Idempotency-Key": "push-1" };
  const [status, { runId }] = await hook("deploy", body, signed);
  expect(status).toBe(202);
  expect((await hook("deploy", body, signed))[1].runId).toBe(runId);
  expect(resultsOf(await ended(runId))).toMatchObject({ push: { exitCode: 0, stdout: "deploying next\n" } });
  expect((await hook("note", '{"text":"bread"}', { "X-Loom-Token": "wrong" }))[0]).toBe(401);
  const [, note] = await hook("note", '{"text":"bread"}', { "X-Loom-Token": "n0te-that-is-long" });
  expect((await ended(note.runId)).status).toBe("succeeded");
  expect(await readFile(home.at("notes/last.txt"), "utf8")).toBe("bread");
});

test("runs of one key follow each other", async () => {
  const [one, two] = (await Promise.all([run("deploy", { ref: "main" }), run("deploy", { ref: "main" })])).sort((a, b) => a.startedAt.localeCompare(b.startedAt));
  expect([one.status, two.status]).toEqual(["succeeded", "succeeded"]);
  expect(two.startedAt >= one.finishedAt).toBe(true);
});

test("the clock starts what is due, and the page is told what comes next", async () => {
  expect((await startedBy("pulse", "schedule")).status).toBe("succeeded");
  const next = async (id: string): Promise<string | null> => (await gateway.api(`/strands/${id}`)).nextRunAt;
  expect(await next("new-year")).toBe("2039-12-31T23:00:00.000Z");
  expect(await next("tidy")).toBeNull();
  expect((await gateway.loom("enable", "tidy")).code).toBe(0);
  expect(await eventually(() => next("tidy"), (at) => at !== null)).toMatch(/T(00|06|12|18):00:00\.000Z$/);
});

test("a job of another scheduler starts what follows it", async () => {
  await ask(greet);
  const complain = await eventually(() => gateway.api("/strands/complain/runs"), ({ items }) => items.some((one: any) => one.status === "succeeded"));
  const told = await gateway.api(`/runs/${complain.items[0].id}`);
  expect(told.input.after).toMatchObject({ strandId: greet, status: "succeeded" });
  expect(await output(told, "say")).toContain(`${greet} succeeded`);
});

test("each operation that Loom brings does what its example says", async () => {
  const [orders, photos, report, watch] = await Promise.all([run("orders"), run("photos"), run("report"), run("watch")]);
  expect([orders.status, photos.status, report.status, watch.status]).toEqual(Array.from({ length: 4 }, () => "succeeded"));
  expect(JSON.parse(server.asked.find(({ path }) => path === "/import")!.body)).toMatchObject({ json: [{ total: 3 }, { total: 4 }] });
  expect(resultsOf(photos)).toMatchObject({ pack: { stdout: expect.stringMatching(/^\s*3\n$/) }, sum: { stdout: expect.stringMatching(/^[0-9a-f]{64} /) } });
  expect(JSON.parse(await readFile(home.at("sales/seen.json"), "utf8"))).toMatchObject({ json: { sold: 3 } });
  const told = server.asked.find(({ path }) => path === "/hook")!;
  expect(told.headers["x-hub-signature-256"]).toBe(`sha256=${createHmac("sha256", "ch4t").update(told.body).digest("hex")}`);
});
