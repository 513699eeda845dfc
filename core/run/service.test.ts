import { expect, it } from "vitest";
import type { DrivenRunStore } from "../store/contract.ts";
import { RunHome } from "../../test/support/runHome.ts";
import { systemClock } from "../clock/system.ts";
import { LoomError } from "../errors/loomError.ts";
import { createRedactor } from "../log/redact.ts";
import { quietLog } from "../testing/quietLog.ts";
import { RunService } from "./service.ts";

/** A workflow `w` of these steps, each with a label of its own. */
function steps(...texts: readonly string[]): string {
  return `{ id: "w", name: "W", concurrency: { runs: 200 }, steps: [${texts.map((text) => `{ label: "STEP", ${text} }`).join(",\n")}] }`;
}

it("runs two steps to the end, and gives the second what the first one gave", async () => {
  await using home = await RunHome.open();
  await home.weave(steps('id: "one", run: () => ({ ok: true, data: [1, 2] })', 'id: "two", dependsOn: ["one"], run: ({ results, input }) => results.one.concat(input.more)'));
  const ended = await home.run("w", { more: [3] });
  expect(ended).toMatchObject({ status: "succeeded", rows: ["one completed", "two completed"], results: { one: [1, 2], two: [1, 2, 3] } });
  expect(home.told(ended.id).filter((event) => !event.startsWith("step.started"))).toEqual(["run.queued", "run.started", "step.dispatched one", "step.completed one", "step.dispatched two", "step.completed two", "run.finished"]);
});

it("runs steps side by side where nothing keeps them apart", async () => {
  await using home = await RunHome.open();
  const meet = `run: () => new Promise((resolve) => { globalThis.met = [...(globalThis.met ?? []), resolve]; if (globalThis.met.length === 2) globalThis.met.forEach((go) => go(true)); })`;
  await home.weave(steps(`id: "one", ${meet}`, `id: "two", ${meet}`));
  expect(await home.run("w")).toMatchObject({ status: "succeeded", results: { one: true, two: true } });
});

it("does a step once for each item, so many at once as it says, and gives the list of what they gave", async () => {
  await using home = await RunHome.open();
  await home.weave(steps(
    'id: "list", run: () => [1, 2, 3, 4, 5]',
    `id: "each", dependsOn: ["list"], parallel: 2, each: ({ results }) => results.list, run: async ({ item, index }) => {
      globalThis.now = (globalThis.now ?? 0) + 1; globalThis.most = Math.max(globalThis.most ?? 0, globalThis.now);
      while (globalThis.most < 2) await new Promise(setImmediate);
      globalThis.now--; return item * 10 + index; }`,
    'id: "after", dependsOn: ["each"], run: ({ results }) => [globalThis.most, results.each]',
  ));
  const ended = await home.run("w");
  expect(ended).toMatchObject({ status: "succeeded", results: { after: [2, [10, 21, 32, 43, 54]], "each[4]": 54 } });
  expect(ended.rows).toContain("each[0] completed");
});

it("fails a step whose list is too long, or whose own functions throw, with words", async () => {
  await using home = await RunHome.open();
  await home.weave(steps('id: "long", each: () => Array(1001).fill(0), run: () => 1', 'id: "odd", when: () => { throw new Error("no idea"); }, run: () => 1'));
  const ended = await home.run("w");
  expect(ended).toMatchObject({ status: "failed", code: "TOO_MANY_ITEMS", rows: ["long failed TOO_MANY_ITEMS", "odd failed STEP_THREW"] });
  expect(ended.errors).toEqual({ long: "Its each gives 1001 items; the most is 1000.", odd: "no idea" });
});

it("counts the rows of runs that are not stored yet among those that all open runs may have", async () => {
  const lists: boolean[] = [];
  const all = Promise.withResolvers<void>();
  // None is stored before all are decided.
  const between = (driven: DrivenRunStore): DrivenRunStore => new Proxy(driven, {
    get: (target, name: keyof DrivenRunStore) => name !== "apply" ? target[name] : async (change: Parameters<DrivenRunStore["apply"]>[0]) => {
      const tooMany = change.moves.some((move) => move.of === "step" && move.patch.code === "too_many_rows");
      if (!tooMany && change.moves.length < 1_000) return target.apply(change);
      if (lists.push(!tooMany) === 60) all.resolve();
      await all.promise;
      return { outcome: "not_found" };
    },
  });
  await using home = await RunHome.open({ between });
  await home.weave(steps('id: "one", each: () => Array(1000).fill(0), run: () => 1'));
  await Promise.all(Array.from({ length: 60 }, () => home.begin("w")));
  await all.promise;
  // A run itself counts for sixteen.
  expect(lists.filter((begins) => begins)).toHaveLength(48);
});

it("skips a step whose `when` says no, and goes on after it", async () => {
  await using home = await RunHome.open();
  await home.weave(steps('id: "one", when: ({ input }) => input.go, run: () => 1', 'id: "two", dependsOn: ["one"], run: ({ results }) => "one" in results'));
  expect(await home.run("w", { go: false })).toMatchObject({ status: "succeeded", rows: ["one skipped when", "two completed"], results: { two: false } });
});

it("tries a step again under the same key, after its backoff, and tells why each attempt failed", async () => {
  await using home = await RunHome.open();
  await home.weave(steps('id: "one", retries: 2, backoff: { initialMs: 1 }, run: ({ attempt, idempotencyKey }) => { if (attempt < 3) throw new Error("not yet " + attempt); return idempotencyKey; }'));
  const ended = await home.run("w");
  expect(ended).toMatchObject({ status: "succeeded", results: { one: `${ended.id}/one` } });
  const attempts = await home.store.driven.attempts(ended.id);
  expect(attempts.map(({ attempt, status, code, error }) => [attempt, status, code, error?.split("\n")[0] ?? null])).toEqual([
    [1, "retrying", "STEP_THREW", "not yet 1"], [2, "retrying", "STEP_THREW", "not yet 2"], [3, "completed", null, null],
  ]);
});

it("fails a step that cannot be done, skips what depends on it, and does the rest", async () => {
  await using home = await RunHome.open();
  await home.weave(steps('id: "bad", run: () => { throw new Error("no luck"); }', 'id: "after", dependsOn: ["bad"], run: () => 1', 'id: "good", run: () => 2'));
  const ended = await home.run("w");
  expect(ended).toMatchObject({ status: "failed", code: "STEP_THREW", rows: ["bad failed STEP_THREW", "after skipped dependency", "good completed"] });
  expect(ended.error).toMatch(/^no luck\n\s+at .*w\.ts:1/);
});

it("ends a step that takes longer than it may", async () => {
  await using home = await RunHome.open();
  await home.weave(steps('id: "slow", timeoutMs: 200, run: ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))'));
  expect(await home.run("w")).toMatchObject({ status: "failed", code: "timeout", errors: { slow: "It took longer than 200 ms." } });
});

it("refuses results that JSON cannot hold or that are too large, and keeps a prototype key as a plain one", async () => {
  await using home = await RunHome.open();
  await home.weave(steps(
    'id: "cyclic", run: () => { const a = {}; a.a = a; return a; }',
    'id: "large", run: () => "x".repeat(50_000_000)',
    `id: "proto", run: () => JSON.parse('{"__proto__": {"evil": true}}')`,
    'id: "read", dependsOn: ["proto"], run: ({ results }) => [Object.keys(results.proto), results.proto.evil === undefined]',
  ));
  const ended = await home.run("w");
  expect(ended.rows).toEqual(["cyclic failed RESULT_NOT_JSON", "large failed RESULT_TOO_LARGE", "proto completed", "read completed"]);
  expect(ended.results["read"]).toEqual([["__proto__"], true]);
});

it("fails a step that is given more than goes through the gateway in one piece, and harms no other", async () => {
  await using home = await RunHome.open();
  await home.weave(steps(
    'id: "list", each: () => Array.from({ length: 10 }, (_, n) => n), run: () => "x".repeat(1_000_000)',
    'id: "all", dependsOn: ["list"], retries: 2, run: ({ results }) => results.list.length',
    'id: "some", dependsOn: ["list"], when: ({ results }) => results.list.length > 0, run: () => 1',
    'id: "beside", run: ({ sleep }) => sleep(1_000)',
  ));
  const ended = await home.run("w");
  expect(ended.rows.filter((row) => !row.startsWith("list["))).toEqual(["list completed", "all failed RESULTS_TOO_LARGE", "some failed RESULTS_TOO_LARGE", "beside completed"]);
  expect(ended.errors["all"]).toBe("The results of list have 10000020 bytes; the most that a step is given is 8388608. Keep what is large as artifacts or in files, and return where it is.");
  expect((await home.store.driven.attempts(ended.id)).filter(({ stepId }) => stepId === "beside")).toHaveLength(1);
});

it("fails a step whose workflow gives more than a result may have, and says so", async () => {
  await using home = await RunHome.open();
  const list = (id: string, count: number) => home.weave(`{ id: "${id}", name: "L", steps: [{ id: "list", label: "LIST", each: () => Array.from({ length: ${count} }, (_, n) => n), run: () => "x".repeat(900_000) }] }`);
  await list("two", 2);
  await list("ten", 10);
  await home.weave(steps('id: "two", workflow: "two"', 'id: "ten", workflow: "ten"'));
  const ended = await home.run("w");
  expect(ended.rows).toEqual(["two failed RESULT_TOO_LARGE", "ten failed RESULT_TOO_LARGE"]);
  expect(ended.errors).toMatchObject({ two: "The result has 1800007 bytes; the most is 1048576.", ten: expect.stringContaining("have 9000020 bytes") });
});

it("fails steps that leave, crash or fill their memory with the code of each, and goes on", async () => {
  await using home = await RunHome.open({ limits: { heapMb: 64 } });
  await home.weave(steps('id: "exit", run: () => process.exit(0)', 'id: "kill", dependsOn: [], run: () => process.kill(process.pid, "SIGKILL")', 'id: "heap", run: () => { const a = []; for (;;) a.push(new Array(10_000).fill({})); }'));
  const ended = await home.run("w");
  expect(ended.rows).toEqual(["exit failed STEP_EXITED", "kill failed_crash STEP_CRASHED", "heap failed_crash STEP_OUT_OF_MEMORY"]);
});

it("shows phases as rows of their own, and fails the one that was under way with its step", async () => {
  await using home = await RunHome.open();
  await home.weave(steps('id: "one", run: async ({ phase }) => { await phase("read", () => 1); await phase("write", () => { throw new Error("full"); }); }'));
  const ended = await home.run("w");
  expect(ended.rows).toEqual(["one failed STEP_THREW", "one/read completed", "one/write failed"]);
  expect(home.told(ended.id).filter((event) => event.includes("/"))).toEqual(["step.started one/read", "step.completed one/read", "step.started one/write", "step.failed one/write"]);
});

it("shows phases by any names, and ends a step whose phase the store does not take", async () => {
  const isLost = ({ moves }: Parameters<DrivenRunStore["apply"]>[0]): boolean => moves.some((move) => move.of === "step" && move.id === "other/refused");
  const between = (driven: DrivenRunStore): DrivenRunStore =>
    new Proxy(driven, { get: (target, name: keyof DrivenRunStore) => (name === "apply" ? async (change: Parameters<DrivenRunStore["apply"]>[0]) => (isLost(change) ? { outcome: "lost" } : target.apply(change)) : target[name]) });
  await using home = await RunHome.open({ between });
  await home.weave(steps(
    `id: "one", run: async ({ phase }) => { for (const name of ["\\ud800", "\\udbff", "a\\0b", "a\\0c", "x/y", "x[3]", "", "__proto__"]) await phase(name, () => 1); }`,
    'id: "other", run: async ({ phase }) => { await phase("refused", () => 1); return 2; }',
  ));
  const ended = await home.run("w");
  expect(ended.status).toBe("succeeded");
  expect(ended.rows.toSorted()).toEqual(["one completed", "other completed", ...["\ufffd", "\ufffd (2)", "a\0b", "a\0c", "x/y", "x[3]", "", "__proto__"].map((name) => `one/${name} completed`)].toSorted());
  expect(ended.results["other"]).toBe(2);
});

it("keeps what a step prints and logs, tells those who watch of it, and how far it is", async () => {
  await using home = await RunHome.open();
  await home.weave(steps('id: "one", run: ({ log, progress }) => { console.log("printed ✓"); log.info("begun", { rows: 3 }); log.warn("odd"); progress(0.5); }'));
  const news: unknown[] = [];
  using _watch = { [Symbol.dispose]: home.runs.onNews((one) => void news.push(one)) };
  const { id } = await home.run("w");
  const text = 'printed ✓\nbegun {"rows":3}\nWARN odd\n';
  const bytes = Buffer.byteLength(text);
  expect(await home.store.driven.outputAfter(id, "one", 0, 1000)).toEqual({ from: 0, text, bytes, missing: null });
  expect(news).toEqual([{ is: "progress", runId: id, step: "one", fraction: 0.5 }, { is: "output", runId: id, step: "one", text, bytes }]);
  expect(home.runs.progress(id)).toEqual({});
});

it("keeps artifacts", async () => {
  await using home = await RunHome.open();
  await home.weave(steps('id: "one", run: async ({ artifact }) => { await artifact("report", "all is well"); await artifact("rows", { n: 1 }); }'));
  const { id } = await home.run("w");
  expect((await home.store.driven.artifacts(id)).map(({ name, kind }) => [name, kind])).toEqual([["report", "text"], ["rows", "json"]]);
  expect((await home.store.driven.artifactAfter(id, "one", "report", 0))?.data.toString()).toBe("all is well");
});

it("keeps artifacts and phases apart whose names are alike without their secrets, and in the place of those that a failed attempt kept", async () => {
  await using home = await RunHome.open();
  const names = ["page?token=aaaaaaaa", "page?token=bbbbbbbb", "https://ann:one-pass@h/1", "https://ann:two-pass@h/1", "plain"];
  await home.weave(steps(`id: "one", retries: 1, backoff: { initialMs: 1 }, run: async ({ artifact, phase, attempt }) => {
    for (const name of ${JSON.stringify(names)}) { await phase(name, () => 1); await artifact(name, attempt + name); await artifact(name, attempt + name); }
    if (attempt === 1) throw new Error("once more"); }`));
  const { id, rows } = await home.run("w");
  const told = ["page?token=[redacted]", "page?token=[redacted] (2)", "https://[redacted]h/1", "https://[redacted]h/1 (2)", "plain"];
  expect((await home.store.driven.artifacts(id)).map(({ name }) => name).sort()).toEqual([...told].sort());
  const texts = told.map(async (name) => (await home.store.driven.artifactAfter(id, "one", name, 0))?.data.toString());
  expect(await Promise.all(texts)).toEqual(names.map((name) => `2${name}`));
  expect(rows).toEqual(["one completed", ...told.map((name) => `one/${name} completed`)]);
});

it("runs operations of files with the input that the step gives them, and does not try again what does not fit", async () => {
  await using home = await RunHome.open();
  home.plugin({ executors: [{ kind: "llm", recovery: "retry", execute: async () => 1 }] });
  await home.operation('{ id: "math.double", label: "DOUBLE", input: { "~standard": { version: 1, vendor: "t", validate: (value) => typeof value === "number" ? { value: value * 2 } : { issues: [{ message: "no number", path: ["n", 0] }] } } }, run: (n) => n }');
  await home.weave(steps('id: "fits", operationId: "math.double", input: ({ input }) => input.n', 'id: "not", operationId: "math.double", retries: 5, input: "x"', 'id: "gone", operationId: "math.dubble"', 'id: "lost", executor: "lllm"'));
  const ended = await home.run("w", { n: 21 });
  expect(ended.rows).toEqual(["fits completed", "not failed STEP_INPUT_INVALID", "gone failed NOT_REGISTERED", "lost failed NOT_REGISTERED"]);
  expect(ended.errors).toEqual({
    not: "math.double: n.0: no number",
    gone: 'There is no operation "math.dubble": no file of operations/ has it and no plugin offers it. Did you mean "math.double"?',
    lost: 'There is no executor "lllm": no plugin offers it. Did you mean "llm"?',
  });
  expect(ended.results["fits"]).toBe(42);
});

it("runs what plugins bring, keeps a copy of what they answer, and what their operations log", async () => {
  await using home = await RunHome.open();
  home.plugin({
    executors: [{ kind: "echo", recovery: "retry", execute: async ({ input, idempotencyKey }) => ({ input, idempotencyKey }) }],
    operations: [{ id: "say.hello", label: "HELLO", run: async (_input, { log }) => log.info("hello") }],
  });
  await home.weave(steps('id: "echo", executor: "echo", input: { a: 1 }', 'id: "hello", operationId: "say.hello"'));
  const ended = await home.run("w");
  expect(ended).toMatchObject({ status: "succeeded", results: { echo: { input: { a: 1 }, idempotencyKey: `${ended.id}/echo` }, hello: null } });
  expect((await home.store.driven.outputAfter(ended.id, "hello", 0, 100))?.text).toBe("hello\n");
});

it("ends a plugin's step that never answers when its time is over", async () => {
  await using home = await RunHome.open({ graceMs: 0 });
  home.plugin({ executors: [{ kind: "never", recovery: "retry", execute: () => new Promise(() => {}) }] });
  await home.weave(steps('id: "never", executor: "never", timeoutMs: 100'));
  expect(await home.run("w")).toMatchObject({ status: "failed", code: "timeout" });
});

it("checks the input by the workflow's schema, and names all that is wrong", async () => {
  await using home = await RunHome.open();
  const schema = `{ "~standard": { version: 1, vendor: "t", validate: (value) => value?.n > 0 ? { value: { n: value.n, extra: 1 } } : { issues: [{ message: "too small", path: ["n"] }, { message: "odd" }] } } }`;
  await home.weave(`{ id: "w", name: "W", input: ${schema}, steps: [{ id: "one", label: "ONE", run: ({ input }) => input }] }`);
  await expect(home.runs.start({ strandId: "w", trigger: "manual", by: "ann", input: { n: 0 } })).rejects.toMatchObject({ code: "WORKFLOW_INPUT_INVALID", problems: [{ path: "input.n", message: "too small" }, { path: "input", message: "odd" }] });
  await expect(home.runs.start({ strandId: "w", trigger: "manual", by: "ann" })).rejects.toMatchObject({ code: "WORKFLOW_INPUT_INVALID" });
  expect(await home.run("w", { n: 1 })).toMatchObject({ results: { one: { n: 1, extra: 1 } } });
});

it("asks for a default that is made anew each time with each run, and for others once", async () => {
  await using home = await RunHome.open();
  const schema = (value: string) => `{ "~standard": { version: 1, vendor: "t", validate: (given) => given === undefined ? { issues: [{ message: "missing" }] } : { value: { city: "Oslo", ...${value}, ...given } } } }`;
  const weave = (id: string, value: string, more = "") => home.weave(`{ id: "${id}", name: "W", ${more} input: ${schema(value)}, steps: [{ id: "one", label: "ONE", run: ({ input }) => input }] }`);
  await weave("varying", "{ id: crypto.randomUUID() }");
  const [first, second] = [await home.run("varying"), await home.run("varying")].map(({ results }) => results["one"] as { id: string });
  expect(first).toEqual({ city: "Oslo", id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  expect(second!.id).not.toBe(first!.id);
  // What a schema has made is not handed to it a second time.
  await weave("keyed", "{ n: (given.n ?? 0) + 1 }", "concurrency: { key: ({ n }) => n },");
  expect((await home.run("keyed")).results).toEqual({ one: { city: "Oslo", n: 1 } });
});

it("keeps little of a long key, and counts by the whole of it", async () => {
  await using home = await RunHome.open();
  const taken = '{ "~standard": { version: 1, vendor: "t", validate: (value) => ({ value }) } }';
  await home.weave(`{ id: "w", name: "W", input: ${taken}, concurrency: { key: ({ name }) => name, runsPerKey: 1 }, steps: [{ id: "one", label: "ONE", run: ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", reject)) }] }`);
  const start = (name: string) => home.runs.start({ strandId: "w", trigger: "webhook", by: null, input: { name } });
  const long = "x".repeat(300_000);
  const [first, other, again] = [await start(`${long}1`), await start(`${long}2`), await start(`${long}1`)];
  expect([first, other, again].map(({ outcome }) => outcome)).toEqual(["started", "started", "skipped"]);
  expect((await home.store.driven.get(first.runId))!.concurrencyKey!.length).toBeLessThan(100);
});

it("goes no deeper into what a step gives than a hundred levels, wherever it gives it", async () => {
  await using home = await RunHome.open();
  const nested = (levels: number): string => `JSON.parse("[".repeat(${levels}) + '"[{"' + "]".repeat(${levels}))`;
  await home.operation('{ id: "say.hello", label: "HELLO", run: () => 1 }');
  await home.weave(steps(
    `id: "most", run: () => ${nested(100)}`,
    `id: "result", run: () => ${nested(101)}`,
    `id: "list", each: () => ${nested(15_000)}, run: () => 1`,
    `id: "input", operationId: "say.hello", input: () => ${nested(5_000)}`,
  ));
  expect((await home.run("w")).rows.toSorted()).toEqual(["input failed RESULT_TOO_LARGE", "list failed RESULT_TOO_LARGE", "most completed", "result failed RESULT_TOO_LARGE"]);
  await home.weave(`{ id: "w", name: "W", input: { "~standard": { version: 1, vendor: "t", validate: () => ({ value: ${nested(5_000)} }) } }, steps: [{ id: "one", label: "ONE", run: () => 1 }] }`);
  await expect(home.begin("w", { input: 1 })).rejects.toMatchObject({ code: "WORKFLOW_INPUT_INVALID", problems: [{ message: "What is made of it is too large. The result is more than 100 levels deep." }] });
});

it("takes an input of a whole MiB, says when what becomes of one is more, and tells a hundred of its faults", async () => {
  await using home = await RunHome.open();
  const taken = (value: string) => `{ id: "w", name: "W", input: { "~standard": { version: 1, vendor: "t", validate: (value) => (${value}) } }, steps: [{ id: "one", label: "ONE", run: ({ input }) => input.length }] }`;
  const start = () => home.runs.start({ strandId: "w", trigger: "webhook", by: null, input: "x".repeat(1_048_574) });
  await home.weave(taken("{ value }"));
  expect(await start()).toMatchObject({ outcome: "started" });
  await home.weave(taken("{ value: value + value }"));
  await expect(start()).rejects.toMatchObject({ code: "WORKFLOW_INPUT_INVALID", problems: [{ path: "input", message: "What is made of it is too large. The result has 2097171 bytes; the most is 1049600." }] });
  await home.weave(taken('{ issues: Array.from({ length: 100_000 }, () => ({ path: [value], message: value })) }'));
  const refused: unknown = await start().catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "WORKFLOW_INPUT_INVALID" });
  const { problems } = refused as { problems: { message: string }[] };
  expect([problems.length, problems.at(-1)!.message, JSON.stringify(problems).length < 200_000]).toEqual([101, "There are 99900 more problems.", true]);
});

it("knows only workflows that are there, and starts nothing twice for the same reason", async () => {
  await using home = await RunHome.open();
  await expect(home.begin("nothing")).rejects.toMatchObject({ code: "NOT_FOUND" });
  await home.weave(steps('id: "one", run: () => 1'));
  const request = { strandId: "w", trigger: "schedule", by: null, onceKey: "due:5" } as const;
  const [first, second] = await Promise.all([home.runs.start(request), home.runs.start(request)]);
  expect([first.outcome, second]).toEqual(["started", { outcome: "duplicate", runId: first.runId }]);
  await home.ended(first.runId);
});

it("tells what caused the error of a step", async () => {
  await using home = await RunHome.open();
  await home.weave(steps('id: "one", run: () => { throw new Error("outer", { cause: new Error("inner") }); }'));
  expect((await home.run("w")).error?.split("\n")[0]).toBe("outer: inner");
});

it("does not try again what the egress rule refuses", async () => {
  await using home = await RunHome.open();
  await home.weave(steps('id: "one", retries: 3, run: ({ fetch }) => fetch("http://127.0.0.1:8099/")'));
  const ended = await home.run("w");
  expect(ended.rows).toEqual(["one failed EGRESS_REFUSED"]);
  expect(await home.store.driven.attempts(ended.id)).toHaveLength(1);
});

it("names every field that an input has to have where there is none", async () => {
  await using home = await RunHome.open();
  const schema = `{ "~standard": { version: 1, vendor: "t", validate: () => ({ issues: [{ message: "no" }] }), jsonSchema: { input: () => ({ type: "object", required: ["url", "days"] }) } } }`;
  await home.weave(`{ id: "w", name: "W", input: ${schema}, steps: [{ id: "one", label: "ONE", run: () => 1 }] }`);
  await expect(home.begin("w")).rejects.toMatchObject({
    code: "WORKFLOW_INPUT_INVALID",
    problems: [{ path: "input.url", message: "It is missing." }, { path: "input.days", message: "It is missing." }],
    help: "On the command line: loom run w --url … --days …",
  });
});

it("says that a run has ended to who wants to cancel it", async () => {
  await using home = await RunHome.open();
  await home.weave(steps('id: "one", run: () => 1'));
  const { id } = await home.run("w");
  await expect(home.runs.cancel(id, "ann")).rejects.toMatchObject({ code: "CONFLICT", message: "The run has ended already.", help: expect.stringContaining("nothing left to cancel") });
});

it("answers who waits for its recovery when that fails", async () => {
  await using home = await RunHome.open();
  await home.weave(steps('id: "one", run: () => 1'));
  const { store, library, registry, isolates, nodeId } = home;
  const runs = new RunService({ driven: store.driven, weave: store.weave, library, registry, isolates, clock: systemClock, log: quietLog, node: { id: nodeId, name: "here", tags: [] }, bootId: "b", redactor: createRedactor() });
  const waiting = runs.start({ strandId: "w", trigger: "manual", by: "ann" });
  runs.fail(new Error("no room"));
  await expect(waiting).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", message: "Loom could not take up its runs, so it starts none: no room" });
  await expect(runs.cancel("r", "ann")).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  home.runs.fail(new Error("too late"));
  expect((await home.run("w")).status).toBe("succeeded");
});

it("tells the sender of a webhook at once that the store takes nothing, and tries on where nobody would ask again", async () => {
  let isFull = true;
  const begun: string[] = [];
  await using home = await RunHome.open({
    between: (driven) => ({
      ...driven,
      begin: (run) => (begun.push(run.trigger), isFull ? Promise.reject(new LoomError("STORE_UNAVAILABLE", "The disk is full.", { retryAfterMs: 1 })) : driven.begin(run)),
    }),
  });
  await home.weave(steps('id: "one", run: () => 1'));
  const hook = { strandId: "w", trigger: "webhook", by: null } as const;
  await expect(home.runs.start(hook)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  await expect(home.runs.skip({ ...hook, reason: "overlap", at: 1 })).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  expect(begun).toEqual(["webhook", "webhook"]);
  const byHand = home.begin("w");
  await expect.poll(() => begun.length).toBeGreaterThan(4);
  isFull = false;
  expect(await home.ended(await byHand)).toMatchObject({ status: "succeeded" });
  expect((await home.runs.start(hook)).outcome).toBe("started");
});
