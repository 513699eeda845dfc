import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { T, withStrands, aRun } from "../../test/contract/fixtures.ts";
import { aStep, aWorkflow, DrivenStage } from "../../test/contract/wovenFixtures.ts";
import type { Door, Reply } from "../../test/support/door.ts";
import { aFile, WovenDoor } from "../../test/support/wovenDoor.ts";
import { LoomError, type Problem } from "../errors/loomError.ts";
import * as schemas from "./schemas.ts";

describe("a workflow among the strands", () => {
  test("has what a mirrored one has, and says what starts it", async () => {
    await using loom = await WovenDoor.open();
    const { door } = loom;
    await withStrands(door.store, "s:1:a");
    const triggers = [{ after: "s:1:a" }, { after: "elsewhere", on: "ended" }, { webhook: "hmac", secret: "S" }] as const;
    await loom.lay(aWorkflow("report", { triggers, input: { schema: { type: "object" }, default: { n: 1 } } }));
    await loom.lay(aWorkflow("by-hook", { schedule: { kind: "manual" }, triggers: [{ webhook: "token", secret: "S" }], enabled: false }));
    const items = schemas.page(schemas.strand).strict().parse((await door.get("/api/loom/strands")).json).items;
    const [hook, report, mirrored] = items;
    expect(report).toMatchObject({
      id: "report",
      kind: "woven",
      source: null,
      freshness: "fresh",
      trigger: { kind: "cron", text: "every day at 02:00 UTC, after s:1:a succeeded, after elsewhere, by webhook" },
      nextRunAt: "2026-01-01T02:00:00.000Z",
      nextRunBy: "computed",
      can: { setEnabled: { allowed: true }, run: { allowed: true, reason: null } },
      paused: null,
      steps: [{ id: "fetch", dependsOn: [], operationId: null }, { id: "post", dependsOn: ["fetch"], operationId: "notify.webhook" }],
      woven: { file: "/flows/report.ts", shipped: false, enabledInFile: true, overridden: false, input: "optional", misfire: "skip", startedBy: ["after", "webhook"], problems: [] },
    });
    expect(hook).toMatchObject({ trigger: { kind: "event", text: "by webhook" }, enabled: false, nextRunAt: null, woven: { enabledInFile: false, input: "none" } });
    expect(mirrored).toMatchObject({ woven: null, paused: null });
    const detail = schemas.strandDetail.strict().parse((await door.get("/api/loom/strands/report")).json);
    expect(detail).toMatchObject({ inputSchema: { type: "object" }, inputDefault: { n: 1 }, version: 1 });
    expect(detail.firings).toHaveLength(10);
  });

  test("tells what keeps its file from being live as soon as the library knows", async () => {
    await using loom = await WovenDoor.open();
    await loom.lay(aWorkflow("report"));
    const problems = async (): Promise<unknown> => (await loom.door.get("/api/loom/strands")).json.items[0].woven.problems;
    expect(await problems()).toEqual([]);
    loom.say(aFile("report", [{ path: "report.ts:3:1", message: "There is no “retires”.", mend: "Did you mean “retries”?" }]), aFile("other", [{ path: "other.ts", message: "no" }]));
    expect(await problems()).toEqual([{ path: "report.ts:3:1", message: "There is no “retires”.", mend: "Did you mean “retries”?" }]);
    loom.say(aFile("report"));
    expect(await problems()).toEqual([]);
  });

  test("that is paused neither fires nor can be run, and says by whom", async () => {
    await using loom = await WovenDoor.open();
    const { door } = loom;
    await loom.lay(aWorkflow("report"));
    await door.store.pauses.begin({ id: "p1", strandId: "report", by: "ann", at: T, entries: [] });
    await door.index.settled();
    expect((await door.get("/api/loom/strands")).json.items[0]).toMatchObject({
      paused: { since: "2026-01-01T00:00:00.000Z", by: "ann" },
      nextRunAt: null,
      can: { setEnabled: { allowed: true }, run: { allowed: false, reason: "It is paused by ann." } },
    });
    expect((await door.post("/api/loom/strands/report/run")).json.command).toMatchObject({ status: "refused", reason: "It is paused by ann." });
    expect((await door.post("/api/loom/strands/report/enabled", { enabled: false })).json.command).toMatchObject({ status: "confirmed" });
    expect(loom.asked).toEqual([]);
  });
});

describe("commands for a workflow", () => {
  test("a run has begun when the answer comes, with its input", async () => {
    await using loom = await WovenDoor.open();
    await loom.lay(aWorkflow("report"));
    const { status, json } = await loom.door.post("/api/loom/strands/report/run", { input: { cities: ["Oslo"] } });
    expect(status).toBe(202);
    expect(schemas.command.strict().parse(json.command)).toMatchObject({ kind: "run", status: "confirmed", runId: "r-new", reason: null });
    expect((await loom.door.post("/api/loom/strands/report/run")).json.command.status).toBe("confirmed");
    expect(loom.asked).toEqual([
      { strandId: "report", trigger: "manual", by: "token", onceKey: `command:${json.command.id}`, input: { cities: ["Oslo"] } },
      { strandId: "report", trigger: "manual", by: "token", onceKey: expect.stringMatching(/^command:/) },
    ]);
    expect((await loom.door.get("/api/loom/commands?strand=report&status=confirmed")).json.items).toHaveLength(2);
  });

  test("one that waits or is skipped says so, one that is refused is kept with the reason", async () => {
    await using loom = await WovenDoor.open();
    await loom.lay(aWorkflow("report"));
    const run = async (answer: WovenDoor["answer"]): Promise<object> => {
      loom.answer = answer;
      const { status, runId, reason } = (await loom.door.post("/api/loom/strands/report/run")).json.command;
      return { status, runId, reason };
    };
    expect(await run({ outcome: "queued", runId: "r1" })).toEqual({ status: "confirmed", runId: "r1", reason: "It waits for its turn." });
    expect(await run({ outcome: "skipped", runId: "r2", reason: "overlap" })).toEqual({ status: "refused", runId: "r2", reason: "It was skipped: another run is under way." });
    expect(await run(new LoomError("CONFLICT", "It is paused."))).toEqual({ status: "refused", runId: null, reason: "It is paused." });
  });

  test("a wrong input is answered with every problem, and nothing is stored", async () => {
    await using loom = await WovenDoor.open();
    await loom.lay(aWorkflow("report"));
    loom.answer = new LoomError("WORKFLOW_INPUT_INVALID", "The input is not right.", { problems: [{ path: "a", message: "no" }, { path: "b", message: "no" }] });
    const { status, json } = await loom.door.post("/api/loom/strands/report/run", { input: {} });
    expect([status, json.code, json.problems]).toEqual([400, "WORKFLOW_INPUT_INVALID", [{ path: "a", message: "no" }, { path: "b", message: "no" }]]);
    expect((await loom.door.get("/api/loom/commands")).json.items).toEqual([]);
    expect((await loom.door.post("/api/loom/strands/report/run", { inputs: {}, now: 1 })).json.problems).toHaveLength(2);
  });

  test("a person's switch goes before the file's, until it is taken back", async () => {
    await using loom = await WovenDoor.open();
    await loom.lay(aWorkflow("report"));
    const switched = async (enabled: boolean | null): Promise<object> => {
      const { json } = await loom.door.post("/api/loom/strands/report/enabled", { enabled, ...(enabled && { makeUp: true }) });
      await loom.door.index.settled();
      const strand = (await loom.door.get("/api/loom/strands")).json.items[0];
      return [json.command.kind, json.command.status, strand.enabled, strand.woven.enabledInFile, strand.woven.overridden];
    };
    expect(await switched(false)).toEqual(["disable", "confirmed", false, true, true]);
    expect(await switched(true)).toEqual(["enable", "confirmed", true, true, true]);
    expect(await switched(false)).toEqual(["disable", "confirmed", false, true, true]);
    expect(await switched(null)).toEqual(["reset", "confirmed", true, true, false]);
  });

  test("one that Loom died over is carried out when it is up again, or refused where it is too late for that", async () => {
    await using loom = await WovenDoor.open();
    const { store, clock } = loom.door;
    await loom.lay(aWorkflow("report"));
    const at = clock.now();
    await store.commands.add({ id: "old", strandId: "report", sourceId: null, kind: "run", by: "ann", askedAt: at - 3_600_001 });
    await store.commands.add({ id: "off", strandId: "report", sourceId: null, kind: "disable", by: "ann", askedAt: at - 2 });
    await store.commands.add({ id: "new", strandId: "report", sourceId: null, kind: "run", by: "ann", askedAt: at - 1, given: { input: { n: 1 } } });
    await loom.commands.start();
    await loom.commands.stop();
    const command = async (id: string): Promise<object> => (await loom.door.get(`/api/loom/commands/${id}`)).json;
    expect(await command("old")).toMatchObject({ status: "refused", reason: "It waited for more than an hour; ask again if it is still wanted." });
    expect(await command("off")).toMatchObject({ status: "confirmed" });
    expect(await command("new")).toMatchObject({ status: "confirmed", runId: "r-new" });
    expect(loom.asked).toEqual([{ strandId: "report", trigger: "manual", by: "ann", onceKey: "command:new", input: { n: 1 } }]);
    expect((await loom.door.post("/api/loom/strands/report/run")).json.code).toBe("STOPPING");
  });

  test("a request that is sent again with its key is done once, and answered as it stands", async () => {
    await using loom = await WovenDoor.open();
    await loom.lay(aWorkflow("report"));
    const ask = (path: string, body: object, key: string): Promise<Reply> => loom.door.post(`/api/loom/strands/report/${path}`, body, { headers: { "idempotency-key": key } });
    const [first, meanwhile] = await Promise.all([ask("run", { input: 1 }, "k1"), ask("run", { input: 1 }, "k1")]);
    const again = await ask("run", { input: 1 }, "k1");
    expect([first.json, meanwhile.json].map(({ command }) => command)).toEqual([again.json.command, again.json.command]);
    expect(again.json.command).toMatchObject({ status: "confirmed", runId: "r-new" });
    expect(loom.asked).toHaveLength(1);
    expect((await ask("run", { input: 2 }, "k1")).json).toMatchObject({ code: "CONFLICT", detail: "The idempotency key was used for something else before." });
    expect((await ask("enabled", { enabled: false }, "k1")).json.code).toBe("CONFLICT");
    expect((await ask("enabled", { enabled: false }, "k2")).json.command.status).toBe("confirmed");
    expect((await ask("run", { input: 1 }, "k".repeat(201))).json.code).toBe("BAD_INPUT");
    await ask("run", { input: 1 }, "k3");
    expect(loom.asked).toHaveLength(2);
  });

  test("a wrong input leaves its key free", async () => {
    await using loom = await WovenDoor.open();
    await loom.lay(aWorkflow("report"));
    loom.answer = new LoomError("WORKFLOW_INPUT_INVALID", "The input is not right.");
    const ask = (input: number): Promise<Reply> => loom.door.post("/api/loom/strands/report/run", { input }, { headers: { "idempotency-key": "k1" } });
    expect((await ask(1)).json.code).toBe("WORKFLOW_INPUT_INVALID");
    loom.answer = { outcome: "started", runId: "r-new" };
    expect((await ask(2)).json.command).toMatchObject({ status: "confirmed", runId: "r-new" });
  });

  test("what only workflows have is refused for a mirrored strand, and for one whose file is gone", async () => {
    await using loom = await WovenDoor.open();
    const { door } = loom;
    await withStrands(door.store, "s:1:a");
    await loom.lay(aWorkflow("report"));
    await door.index.settled();
    const code = async (path: string, body?: object): Promise<string> => (await door.post(path, body)).json.code;
    expect(await code("/api/loom/strands/s:1:a/enabled", { enabled: null })).toBe("COMMAND_UNSUPPORTED");
    expect(await code("/api/loom/strands/s:1:a/run", { input: 1 })).toBe("COMMAND_UNSUPPORTED");
    await door.store.weave.remove("report", T);
    await door.index.settled();
    expect(await code("/api/loom/strands/report/run")).toMatch(/COMMAND_UNSUPPORTED|NOT_FOUND/);
  });
});

describe("a workflow's run", () => {
  let loom: WovenDoor;
  let door: Door;

  beforeAll(async () => {
    loom = await WovenDoor.open();
    door = loom.door;
    const stage = await DrivenStage.begun(door.store, [{ id: "fetch", retries: 1 }, { id: "post", dependsOn: ["fetch"], each: { parallel: 2 } }], { rerunOf: null, parent: { runId: "r0", step: "all", epoch: 1 } });
    const { driven } = door.store;
    stage.machine.started("fetch");
    stage.machine.phase("fetch", "read", "running");
    await stage.store();
    await driven.appendOutput({ runId: "r1", step: "fetch", text: "eins\nzwei\nähm drei\n", at: T });
    await driven.keepArtifact({ runId: "r1", step: "fetch", name: "räport \"1\".html", kind: "text", data: Buffer.from("<script>alert(1)</script>"), at: T });
    await door.index.settled();
  });
  afterAll(() => loom[Symbol.asyncDispose]());

  test("tells its rows with their parents, its attempts, artifacts, input and versions", async () => {
    await loom.lay(aWorkflow("a", { name: "Changed", steps: [aStep("fetch")] }));
    const run = schemas.runDetail.strict().parse((await door.get("/api/loom/runs/r1")).json);
    expect(run).toMatchObject({ version: 1, versionNow: 2, input: { rows: 3 }, rerunOf: null, startedBy: { runId: "r0", step: "all" }, queuedAt: "2026-01-01T00:00:00.000Z" });
    expect(run.steps.map(({ id, parent, status, attempt }) => [id, parent, status, attempt])).toEqual([
      ["fetch", null, "running", 1],
      ["fetch/read", "fetch", "running", expect.anything()],
      ["post", null, "pending", 0],
    ]);
    expect(run.attempts).toMatchObject([{ step: "fetch", attempt: 1, status: "running", finishedAt: null }]);
    expect(run.artifacts).toEqual([{ step: "fetch", name: "räport \"1\".html", kind: "text", bytes: 25, createdAt: "2026-01-01T00:00:00.000Z" }]);
    expect(schemas.run.strict().parse((await door.get("/api/loom/runs")).json.items[0])).toMatchObject({ id: "r1", version: 1 });
  });

  test("gives its output by bytes and by lines", async () => {
    const address = "/api/loom/runs/r1/steps/fetch/output";
    expect((await door.get(address)).text).toBe("eins\nzwei\nähm drei\n");
    expect((await door.get(`${address}?after=5&limit=5`)).json).toEqual({ from: 5, text: "zwei\n", bytes: 20, missing: null });
    expect((await door.get(`${address}?after=20`)).json).toEqual({ from: 20, text: "", bytes: 20, missing: null });
    expect((await door.get(`${address}?search=EI&limit=2`)).json).toEqual({ lines: [{ number: 1, at: 0, text: "eins" }, { number: 2, at: 5, text: "zwei" }], more: true, missing: null });
    expect((await door.get(`/api/loom/runs/r1/steps/${encodeURIComponent("fetch/read")}/output?after=0`)).json).toEqual({ from: 0, text: "", bytes: 0, missing: null });
    expect((await door.get("/api/loom/runs/r1/steps/none/output?after=0")).status).toBe(404);
    // One byte may be six in JSON: what is asked for at once is bounded.
    expect((await door.get(`${address}?after=0&limit=${128 * 1024}`)).status).toBe(200);
    expect((await door.get(`${address}?after=0&limit=${128 * 1024 + 1}`)).json).toMatchObject({ code: "BAD_INPUT", problems: [{ path: "limit" }] });
    expect((await door.get(`${address}?after=-1&limit=0&more=1`)).json.problems).toHaveLength(3);
  });

  test("hands an artifact out as a file, never as a page", async () => {
    const { status, text, headers } = await door.get(`/api/loom/runs/r1/steps/fetch/artifacts/${encodeURIComponent("räport \"1\".html")}`);
    expect([status, text]).toEqual([200, "<script>alert(1)</script>"]);
    expect(headers).toMatchObject({
      "content-type": "application/octet-stream",
      "x-content-type-options": "nosniff",
      "content-disposition": "attachment; filename=\"r_port_1_.html\"; filename*=UTF-8''r%C3%A4port%20%221%22.html",
    });
    expect((await door.get("/api/loom/runs/r1/steps/fetch/artifacts/none")).status).toBe(404);
    // Written "photo", then "gpj.exe" from right to left: it would read as a picture.
    await door.store.driven.keepArtifact({ runId: "r1", step: "fetch", name: "photo\u202egpj.exe", kind: "bytes", data: Buffer.from("MZ"), at: T });
    const turned = await door.get(`/api/loom/runs/r1/steps/fetch/artifacts/${encodeURIComponent("photo\u202egpj.exe")}`);
    expect(turned.headers["content-disposition"]).toBe("attachment; filename=\"photo_gpj.exe\"; filename*=UTF-8''photo_gpj.exe");
  });

  test("is cancelled and done again, unless its owner is another", async () => {
    expect((await door.post("/api/loom/runs/r1/cancel", { graceMs: 500 })).json).toEqual({ runId: "r1" });
    const again = await door.post("/api/loom/runs/r1/retry", { from: "failed" });
    expect([again.status, schemas.runAnswer.strict().parse(again.json)]).toEqual([202, { runId: "r-again", outcome: "queued", reason: null }]);
    await door.post("/api/loom/runs/r1/retry", { from: "start" }, { headers: { "idempotency-key": "k1" } });
    expect(loom.told).toEqual(["cancel r1 by token within 500", "retry r1 by token from failed", "retry r1 by token from start (k1)"]);
    expect((await door.post("/api/loom/runs/r1/retry", { from: "middle", of: 1 })).json.problems.map(({ path }: Problem) => path)).toEqual(["from", "of"]);
    expect((await door.post("/api/loom/runs/none/cancel")).status).toBe(404);
    await withStrands(door.store, "s:1:a");
    await door.store.runs.observe({ strandId: "s:1:a", at: T, finished: [aRun("one")] });
    const mirrored = (await door.get("/api/loom/strands/s:1:a/runs")).json.items[0];
    expect((await door.post(`/api/loom/runs/${mirrored.id}/cancel`)).json.code).toBe("COMMAND_UNSUPPORTED");
    const detail = schemas.runDetail.strict().parse((await door.get(`/api/loom/runs/${mirrored.id}`)).json);
    expect(detail).toMatchObject({ version: null, versionNow: null, attempts: [], artifacts: [], startedBy: null });
    expect((await door.get(`/api/loom/runs/${mirrored.id}/steps/exec/output?after=2`)).json).toEqual({ from: 2, text: "ne", bytes: 4, missing: null });
  });
});

describe("files of workflows", () => {
  test("are listed with what they hold and what is wrong with them, and read again when asked", async () => {
    await using loom = await WovenDoor.open();
    loom.say(aFile("b", [{ path: "b.ts:1:1", message: "no" }]), aFile("a"));
    const { json } = await loom.door.get("/api/loom/workflows?limit=1");
    const [first] = schemas.page(schemas.workflowFile).strict().parse(json).items;
    expect(first).toEqual({ path: "/flows/a.ts", root: "home", holds: [{ kind: "workflow", id: "a", live: true }], problems: [], loadedAt: "2026-01-01T00:00:00.000Z" });
    expect((await loom.door.get(`/api/loom/workflows?cursor=${json.next}`)).json.items).toMatchObject([{ path: "/flows/b.ts", problems: [{ message: "no" }] }]);
    expect((await loom.door.post("/api/loom/reload")).json.items).toHaveLength(2);
  });

  test("are compared between two versions", async () => {
    await using loom = await WovenDoor.open();
    const { door } = loom;
    await loom.lay(aWorkflow("report"), { "report.ts": "a\nb\n", "lib.ts": "x\n" }, "h1");
    await loom.lay(aWorkflow("report"), { "report.ts": "a\nc\n", "lib.ts": "x\n" }, "h2");
    await loom.lay(aWorkflow("report"), { "report.ts": "a\nc\n", "lib.ts": "y\n" }, "h3");
    expect((await door.get("/api/loom/strands/report/versions/1/diff?to=2")).json.files).toEqual([{ path: "report.ts", patch: expect.stringContaining("@@ -1,2 +1,2 @@\n a\n-b\n+c\n") }]);
    expect((await door.get("/api/loom/strands/report/versions/1/diff")).json.files.map(({ path }: Problem) => path)).toEqual(["lib.ts", "report.ts"]);
    expect((await door.get("/api/loom/strands/report/versions/2/diff?to=2")).json).toEqual({ files: [] });
    for (const version of ["4", "0", "x", "99999999999"]) expect([version, (await door.get(`/api/loom/strands/report/versions/${version}/diff`)).status]).toEqual([version, 404]);
    expect((await door.get("/api/loom/strands/report/versions")).json.items).toHaveLength(3);
  });
});
