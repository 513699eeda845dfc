import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { runCommandLine } from "../../core/cli/program.ts";
import { thisGateway } from "../../core/config/gatewayFile.ts";
import { LoomError } from "../../core/errors/loomError.ts";
import { aRun, T, withStrands } from "../contract/fixtures.ts";
import { planOf, stepDefaults } from "../../core/run/machine/plan.ts";
import { freshRun } from "../../core/run/machine/state.ts";
import { aNewRun, aStep, aWorkflow, DrivenStage } from "../contract/wovenFixtures.ts";
import { TOKEN } from "../support/door.ts";
import { makeFolder, type Folder } from "../support/folder.ts";
import { aFile, WovenDoor } from "../support/wovenDoor.ts";

// The command line in this process, before a real API on a real store; what runs the steps is told by the test.

let loom: WovenDoor;
let home: Folder;

beforeAll(async () => {
  loom = await WovenDoor.open();
  const { door } = loom;
  home = await makeFolder({ token: TOKEN, "gateway.json": JSON.stringify(thisGateway(`http://127.0.0.1:${door.port}`, "2026-01-01T00:00:00.000Z")) });
  await withStrands(door.store, "s:1:mirrored");
  await door.store.runs.observe({ strandId: "s:1:mirrored", at: T, finished: [aRun("one")] });
  const properties = { cities: { type: "array", items: { type: "string" } }, days: { type: "integer" }, dryRun: { type: "boolean" } };
  await loom.lay(aWorkflow("weather", { name: "Weather", input: { schema: { type: "object", properties }, default: {} } }));
  await loom.lay(aWorkflow("plain", { name: "Plain", steps: [aStep("fetch")] }));
});
beforeEach(() => {
  loom.answer = { outcome: "started", runId: "run-1" };
  loom.asked.length = 0;
  loom.told.length = 0;
});
afterAll(async () => {
  await loom?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
});

interface Said {
  readonly code: number;
  readonly out: readonly string[];
  readonly err: readonly string[];
}

async function say(...args: string[]): Promise<Said> {
  const out: string[] = [];
  const err: string[] = [];
  const terminal = { out: (line: string) => void out.push(...line.split("\n")), err: (line: string) => void err.push(...line.split("\n")), columns: Infinity, paint: (_: string, text: string) => text };
  const code = await runCommandLine(["--home", home.path, ...args], { env: {}, terminal, clock: loom.door.clock, version: "0.0.0" });
  return { code, out, err };
}

test("a workflow is run with its input as flags, typed by its schema", async () => {
  expect(await say("run", "Weather", "--cities", "Oslo", "--cities=Rome", "--days", "3", "--no-dry-run")).toEqual({ code: 0, out: ["confirmed run Weather as run-1"], err: [] });
  expect(loom.asked).toEqual([{ strandId: "weather", trigger: "manual", by: "token", input: { cities: ["Oslo", "Rome"], days: 3, dryRun: false }, onceKey: expect.stringMatching(/^command:/) }]);
  expect((await say("run", "weather", "--wait", "--json", "--input", '{"days":1}')).out.join("")).toContain('"runId": "run-1"');
  expect((await say("run", "weather")).code).toBe(0);
  expect(loom.asked.slice(1).map(({ input }) => input)).toEqual([{ days: 1 }, undefined]);
});

test("flags that a workflow does not take are wrong usage, exit 2, and nothing is asked", async () => {
  const wrong = await say("run", "weather", "--dayz", "3", "--days", "three");
  expect([wrong.code, wrong.err.slice(0, 2)]).toEqual([2, ["error: There is no --dayz. Did you mean --days?", "error: --days takes a whole number, not “three”."]]);
  expect((await say("run", "plain", "--days", "3")).err[0]).toBe("error: Plain takes no input: --days 3");
  expect((await say("run", "s:1:mirrored", "--days", "3")).err[0]).toBe("error: s:1:mirrored is run by its owner and takes no input: --days 3");
  expect(await say("run", "--days", "3", "weather")).toMatchObject({ code: 2 });
  expect(loom.asked).toEqual([]);
});

test("every problem of an input is told, exit 1; a run that is skipped is refused, exit 3", async () => {
  loom.answer = new LoomError("WORKFLOW_INPUT_INVALID", "The input is not right.", { problems: [{ path: "days", message: "has to be 1 or more" }] });
  expect(await say("run", "weather", "--days=0")).toMatchObject({ code: 1, err: ["error WORKFLOW_INPUT_INVALID: The input is not right.", "  days: has to be 1 or more", expect.any(String)] });
  loom.answer = { outcome: "skipped", runId: "run-2", reason: "overlap" };
  expect(await say("run", "weather")).toEqual({ code: 3, out: [], err: ["refused run Weather: It was skipped: another run is under way."] });
  loom.answer = { outcome: "queued", runId: "run-3" };
  expect((await say("run", "weather")).out).toEqual(["confirmed run Weather as run-3: It waits for its turn."]);
});

test("a workflow is switched, and left to its file again", async () => {
  expect((await say("disable", "plain")).out).toEqual(["confirmed disable Plain"]);
  expect((await say("enable", "plain", "--make-up", "--wait")).out).toEqual(["confirmed enable Plain"]);
  expect((await say("enable", "plain", "--reset")).out).toEqual(["confirmed reset Plain"]);
  expect((await say("enable", "mirrored", "--reset")).code).toBe(1);
});

test("files are listed, and read again, with what is wrong with them", async () => {
  loom.say(aFile("weather"), aFile("report", [
    { path: "report.ts:12:1", message: "It is late.", mend: "" },
    { path: "report.ts:3:1", message: "There is no “retires”.", mend: "Did you mean “retries”?" },
  ]));
  const listed = await say("workflows");
  expect(listed.out.map((line) => line.replace(/ {2,}/g, " | "))).toEqual([
    expect.stringMatching(/^FILE \| HOLDS \| STATE/),
    expect.stringMatching(/report\.ts \| report \| broken, the last good one is live \| now \| home$/),
    expect.stringMatching(/weather\.ts \| weather \| live \| now \| home$/),
  ]);
  expect(listed.err).toEqual(["mistake /flows/report.ts:3: There is no “retires”. Did you mean “retries”?", "mistake /flows/report.ts:12: It is late."]);
  expect(await say("reload")).toEqual({ code: 1, out: ["1 of 2 files are live as they are."], err: listed.err });
  loom.say(aFile("weather"));
  expect((await say("reload")).code).toBe(0);
  expect(JSON.parse((await say("workflows", "--json")).out.join("")).items).toHaveLength(1);
});

test("a run is shown, searched, followed, cancelled and done again", async () => {
  const { store } = loom.door;
  const id = "0199aaaa-0000-7000-8000-000000000001";
  const stage = await DrivenStage.begun(store, [{ id: "fetch" }, { id: "post", dependsOn: ["fetch"] }], { id });
  const { driven } = store;
  const print = async (step: string, text: string): Promise<void> => {
    const stored = await driven.appendOutput({ runId: id, step, text, at: T });
    if (stored.outcome === "ok") loom.happens({ is: "output", runId: id, step, text, bytes: stored.bytes });
  };
  stage.machine.started("fetch");
  await stage.store();
  await print("fetch", "\u001b[31mone\u001b[0m\tday\r\ntwo \u0007days\nthr");
  expect((await say("logs", id)).out).toEqual(["fetch  one\tday", "fetch  two \\x07days", "fetch  thr"]);
  expect((await say("logs", "a", "fetch")).out).toEqual(["one\tday", "two \\x07days", "thr"]);
  expect((await say("logs", id, "--search", "DAY", "--limit", "1")).out).toEqual(["fetch:1: one\tday", "fetch has more such lines; --limit shows more of them."]);
  expect(await say("logs", id, "pots")).toEqual({ code: 1, out: [], err: ["error NOT_FOUND: The run has no step “pots”.", "There are fetch, post."] });
  expect(JSON.parse((await say("logs", id, "post", "--search", "x", "--json")).out.join(""))).toEqual({ items: [{ step: "post", lines: [], more: false, missing: null }] });

  const following = say("logs", id, "--follow");
  await loom.watched();
  await print("fetch", "ee\n");
  stage.machine.completed("fetch");
  stage.machine.started("post");
  await stage.store({ step: "fetch", result: "1" });
  await print("post", "posted");
  stage.machine.failed("post", "timeout");
  await stage.store({ step: "post", error: "It took too long.\n    at post.ts:3" });
  const { code, out } = await following;
  expect(code).toBe(1);
  expect(out.filter((line) => /^(fetch|post) {2}(one|two|three|posted)/.test(line))).toEqual(["fetch  one\tday", "fetch  two \\x07days", "fetch  three", "post  posted"]);
  expect(out).toContain("fetch  completed");
  expect(out).toContain("post  failed: It took too long.");
  expect(out.slice(-2)).toEqual([expect.stringMatching(/^failed after \d+\w*: It took too long\.$/), "      at post.ts:3"]);
  expect((await say("logs", "a", "post", "--follow")).out).toEqual(["posted", expect.stringMatching(/^failed after/), "      at post.ts:3"]);

  expect((await say("cancel", id, "--grace", "0.5")).out).toEqual([`cancelling run ${id}`]);
  expect((await say("retry", "a", "--from", "failed")).out).toEqual(["queued run r-again"]);
  expect((await say("retry", id, "--from", "middle")).code).toBe(2);
  // Each time it is asked by a key of its own, so that it may be asked again.
  expect(loom.told).toEqual([`cancel ${id} by token within 500`, expect.stringMatching(new RegExp(`^retry ${id} by token from failed \\([\\w-]{36}\\)$`))]);
  expect((await say("cancel", "mirrored")).err[0]).toMatch(/^error COMMAND_UNSUPPORTED: Only a workflow's run can be cancelled/);
  expect((await say("logs", "weather")).err[0]).toBe("error NOT_FOUND: Weather has not run yet.");
  expect((await say("runs", "a")).out[1]).toMatch(new RegExp(`  It took too long\\.  ${id}$`));
});

test("what is missing of a very long log is told where it is shown, and where it is searched", async () => {
  const { driven } = loom.door.store;
  const id = "0199aaaa-0000-7000-8000-000000000002";
  await DrivenStage.begun(loom.door.store, [{ id: "fetch" }], { id, strandId: "plain" });
  await driven.appendOutput({ runId: id, step: "fetch", text: "first\n", at: T });
  await driven.appendOutput({ runId: id, step: "fetch", text: `${"x".repeat(20 * 2 ** 20)}\nlast\n`, at: T });
  const missing = 4 * 2 ** 20 + 12;
  const { out } = await say("logs", id, "fetch");
  expect([out[0], out.slice(1, -1).map((line) => (line.startsWith("x") ? line.length : line)), out.at(-1)]).toEqual(["first", [8 * 2 ** 20 - 6, `(${missing} bytes are not kept here)`, 8 * 2 ** 20 - 6], "last"]);
  const from = 8 * 2 ** 20;
  expect((await say("logs", id, "--search", "ST")).out).toEqual(["fetch:1: first", "fetch:3: last", `fetch is not kept as a whole: bytes ${from} to ${from + missing} were not searched.`]);
});

test("the history of a workflow whose file is gone is still shown by its id", async () => {
  const { store, index } = loom.door;
  await loom.lay(aWorkflow("leaving", { name: "Leaving" }));
  const id = "0199aaaa-0000-7000-8000-000000000003";
  await store.driven.begin(aNewRun(id, freshRun(planOf([{ ...stepDefaults, id: "one" }])), { strandId: "leaving" }));
  await store.driven.appendOutput({ runId: id, step: "one", text: "still here\n", at: T });
  await store.weave.remove("leaving", T);
  await index.settled();
  expect((await say("logs", "leaving")).out).toEqual(["one  still here"]);
  expect((await say("runs", "leaving")).code).toBe(0);
  expect((await say("run", "leaving")).code).toBe(1);
  expect((await say("logs", "never-was")).err[0]).toBe("error NOT_FOUND: There is no strand called “never-was”.");
});

test("everything is paused and resumed, with how each strand stands", async () => {
  const since = T - 60_000;
  const paused = { scope: "everything", since, by: "ann" } as const;
  loom.pause = {
    everything: { since, by: "ann" },
    strands: [
      { ...paused, strandId: "s:1:mirrored", state: "pausing", reason: null },
      { ...paused, strandId: "weather", state: "paused", reason: null },
      { ...paused, strandId: "beat", state: "left_out", reason: "the scheduler's own" },
    ],
    queue: { waiting: 1, expectedWaitMs: 20_000 },
  };
  const { out } = await say("pause");
  expect(out.map((line) => line.replace(/ {2,}/g, " | "))).toEqual([
    "Everything is paused by ann, 1m ago.",
    "STRAND | STATE | SINCE | BY | WHY",
    "s:1:mirrored | waits to be paused | 1m ago | ann",
    "Weather | paused | 1m ago | ann",
    "beat | goes on | 1m ago | ann | the scheduler's own",
    "1 still to be asked of their owners, about 20s.",
  ]);
  loom.pause = { everything: null, strands: [], queue: { waiting: 0, expectedWaitMs: null } };
  expect((await say("resume", "weather")).out).toEqual(["Nothing is paused."]);
  expect((await say("pause", "--show", "--json")).out.join("")).toContain('"everything": null');
  expect(loom.told).toEqual(["pause everything by token", "resume weather by token"]);
  expect((await say("pause", "nobody")).code).toBe(1);
});
