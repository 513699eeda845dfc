import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { makeFolder } from "../../../test/support/folder.ts";
import { IsolateStage, scriptOf, versionOf } from "../../../test/support/isolateStage.ts";
import { systemClock } from "../../clock/system.ts";
import type { Json } from "../../mirror/contract.ts";
import { createBundler } from "../../modules/bundler.ts";
import { MARKER } from "./marker.ts";

it("gives a step its input, the results before it, its attempt and its key, and answers with its data", async () => {
  await using stage = new IsolateStage();
  const version = versionOf({ tell: "({ input, results, attempt, idempotencyKey, item, index }) => ({ ok: true, data: { input, results, attempt, idempotencyKey, item, index } })" });
  const told = { input: { a: 1 }, attempt: 3, idempotencyKey: "k" };
  expect(await stage.step(version, "tell", { ...told, results: '{"before":[2]}', item: { value: "x", index: 4 } })).toEqual({ is: "completed", data: { ...told, results: { before: [2] }, item: "x", index: 4 } });
});

it("takes any value for a result, and nothing for null", async () => {
  await using stage = new IsolateStage();
  const version = versionOf({ number: "() => 7", nothing: "async () => {}", date: "() => new Date(0)" });
  const outcomes = await Promise.all(["number", "nothing", "date"].map((step) => stage.step(version, step)));
  expect(outcomes.map((outcome) => outcome.is === "completed" && outcome.data)).toEqual([7, null, "1970-01-01T00:00:00.000Z"]);
});

it("fails a step that throws, with its stack, and one that is not ok, with its words", async () => {
  await using stage = new IsolateStage();
  const version = versionOf({ throws: '() => { throw new Error("no luck"); }', not: '() => ({ ok: false, error: "not today" })' });
  const [thrown, not] = await Promise.all([stage.step(version, "throws"), stage.step(version, "not")]);
  expect(thrown).toEqual({ is: "failed", code: "STEP_THREW", message: "no luck", stack: expect.stringContaining("/tmp/loom-test/w.ts:2") });
  expect(not).toEqual({ is: "failed", code: "STEP_NOT_OK", message: "not today", stack: null });
});

it("fails the steps of a file that throws while it is loaded, and those that it does not have", async () => {
  await using stage = new IsolateStage();
  const broken = versionOf({ one: "() => 1" }, 'throw new Error("at the top");\n');
  expect(await stage.step(broken, "one")).toMatchObject({ code: "VERSION_NOT_LOADED", message: "at the top" });
  expect(await stage.step(versionOf({ one: "() => 1" }), "two")).toMatchObject({ code: "VERSION_NOT_LOADED" });
});

it("tells of log lines, prints, phases and progress in their order", async () => {
  await using stage = new IsolateStage();
  const version = versionOf({
    tell: `async (ctx) => {
      ctx.log.info("begun", { error: new Error("why"), password: "secret" });
      console.log("one"); console.error("two");
      ctx.progress(0.5); ctx.progress(2);
      const inner = await ctx.phase("load", () => 5);
      await ctx.phase("send", () => { throw new Error("no"); }).catch(() => {});
      return inner;
    }`,
  });
  const heard: Json[] = [];
  const outcome = await stage.step(version, "tell", {}, {
    log: (level, message, fields) => void heard.push([level, message, fields]),
    output: (stream, text) => void heard.push([stream, text]),
    phase: (name, to) => void heard.push([name, to]),
    progress: (fraction) => void heard.push(fraction),
  });
  expect(outcome).toEqual({ is: "completed", data: 5 });
  expect(heard).toEqual([
    ["info", "begun", { error: expect.objectContaining({ message: "why" }), password: "[redacted]" }],
    ["stdout", "one\n"],
    0.5,
    ["stderr", "two\n"],
    ["load", "running"],
    ["load", "completed"],
    ["send", "running"],
    ["send", "failed"],
    1,
  ]);
});

it("shows the first phases of a step, and does the others unseen", async () => {
  await using stage = new IsolateStage();
  const version = versionOf({ many: "async (ctx) => { let done = 0; for (let n = 0; n < 3_000; n++) done += await ctx.phase(`part ${n}`, () => 1); return done; }" });
  const [shown, printed]: [string[], string[]] = [[], []];
  const outcome = await stage.step(version, "many", {}, { phase: (name, to) => void (to === "completed" && shown.push(name)), output: (_stream, text) => void printed.push(text) });
  expect([outcome, shown.length, shown.at(-1), printed]).toEqual([{ is: "completed", data: 3_000 }, 200, "part 199", ["Of its phases the first 200 are shown.\n"]]);
});

it("cuts log lines and errors that are too long to be read", async () => {
  await using stage = new IsolateStage();
  const version = versionOf({ shout: 'async ({ log }) => { const much = "x".repeat(50_000_000); log.info(much, { much }); throw new Error(much); }' });
  const heard: [number, Json][] = [];
  const outcome = await stage.step(version, "shout", {}, { log: (_level, message, fields) => void heard.push([message.length, fields]) });
  expect(heard).toEqual([[16_385, { "…": expect.stringMatching(/^\[50000\d+ characters\]$/) }]]);
  expect(outcome.is === "failed" && [outcome.message.length, outcome.stack?.length]).toEqual([16_385, 16_385]);
});

it("keeps what two steps of one version print apart", async () => {
  await using stage = new IsolateStage();
  const version = versionOf({ print: 'async ({ input }) => { for (let i = 0; i < 20; i++) { console.log(input); await new Promise(setImmediate); } }' });
  const printed = await Promise.all(["a", "b"].map(async (input) => {
    let text = "";
    await stage.step(version, "print", { input }, { output: (_stream, more) => void (text += more) });
    return text;
  }));
  expect(printed).toEqual(["a\n".repeat(20), "b\n".repeat(20)]);
});

it("takes no artifact under a name that no address can hold", async () => {
  await using stage = new IsolateStage();
  const version = versionOf({ hand: `(ctx) => Promise.all(["", ".", ".."].map((name) => ctx.artifact(name, "text").catch((error) => error.message)))` });
  expect(await stage.step(version, "hand")).toMatchObject({ is: "completed", data: ["", ".", ".."].map((name) => expect.stringContaining(`cannot be called "${name}"`) as string) });
});

it("takes no artifact under a name so long that it would be cut, and could become another's", async () => {
  await using stage = new IsolateStage();
  const version = versionOf({ hand: `(ctx) => Promise.all([200, 201].map((length) => ctx.artifact("n".repeat(length), "text").catch((error) => error.message)))` });
  expect(await stage.step(version, "hand", {}, { artifact: () => {} })).toMatchObject({ is: "completed", data: [null, "The name of an artifact has 201 characters; the most is 200."] });
});

it("hands artifacts over whole, and tells the step which could not be kept", async () => {
  await using stage = new IsolateStage({ artifactBytes: 200_000 });
  const version = versionOf({
    make: `async (ctx) => {
      await ctx.artifact("bytes", Buffer.alloc(150_000, 7));
      await ctx.artifact("text", "é".repeat(60_000));
      await ctx.artifact("json", { a: 1 });
      const refused = await ctx.artifact("twice", "").catch((error) => error.message);
      return [refused, await ctx.artifact("huge", Buffer.alloc(200_001)).catch((error) => error.message)];
    }`,
  });
  const kept: unknown[] = [];
  const outcome = await stage.step(version, "make", {}, {
    async artifact(name, kind, data) {
      if (name === "twice") throw new Error("there is one already");
      kept.push([name, kind, data]);
    },
  });
  expect(kept).toEqual([["bytes", "bytes", Buffer.alloc(150_000, 7)], ["text", "text", Buffer.from("é".repeat(60_000))], ["json", "json", Buffer.from('{"a":1}')]]);
  expect(outcome).toEqual({ is: "completed", data: ["there is one already", "The artifact huge has 200001 bytes; the most is 200000."] });
});

it("runs programs without a shell, gives what they print, and fails with their exit code", async () => {
  await using stage = new IsolateStage();
  const version = versionOf({
    run: `async (ctx) => {
      const { stdout } = await ctx.run("cat", ["-"], { stdin: "$HOME; \`id\`" });
      const { stdout: set } = await ctx.run("sh", ["-c", "printf %s $FRUIT"], { env: { FRUIT: "pear" } });
      const { exitCode } = await ctx.run("sh", ["-c", "exit 3"], { anyExit: true });
      const failed = await ctx.run("sh", ["-c", "echo no >&2; exit 4"]).catch((error) => error.message);
      const missing = await ctx.run("no-such-program").catch((error) => error.code);
      return [stdout, set, exitCode, failed, missing];
    }`,
  });
  let printed = "";
  const outcome = await stage.step(version, "run", {}, { output: (_stream, text) => void (printed += text) });
  expect(outcome).toEqual({ is: "completed", data: ["$HOME; `id`", "pear", 3, "sh ended with exit code 4: no", "ENOENT"] });
  expect(printed).toBe("$HOME; `id`pearno\n");
});

it("gives programs no more of the environment than they need, what the settings allow, and what is named", async () => {
  const step = `async (ctx) => {
    Object.assign(process.env, { DEPLOY_TOKEN: "t", APPLE_REGION: "north", LC_NUMERIC: "C", LANG: "C.UTF-8" });
    const { stdout } = await ctx.run(process.execPath, ["-p", "JSON.stringify(process.env)"], { env: { FRUIT: "pear", TOKEN: process.env.DEPLOY_TOKEN, NONE: process.env.NO_SUCH } });
    return { own: process.env.DEPLOY_TOKEN, ...JSON.parse(stdout) };
  }`;
  const usual = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR", MARKER];
  for (const programEnv of [[], ["APPLE_*"]]) {
    await using stage = new IsolateStage({ programEnv });
    const { own, ...env } = ((await stage.step(versionOf({ run: step }), "run")) as { data: Record<string, string> }).data;
    expect([own, env["TOKEN"], env["FRUIT"], env["LANG"], env["APPLE_REGION"]]).toEqual(["t", "t", "pear", "C.UTF-8", programEnv.length > 0 ? "north" : undefined]);
    expect(Object.keys(env).filter((name) => !usual.includes(name) && !name.startsWith("LC_")).toSorted()).toEqual([...(programEnv.length > 0 ? ["APPLE_REGION"] : []), "FRUIT", "TOKEN"]);
    expect(env[MARKER]).toMatch(/\.c1\.$/);
  }
});

it("hands programs their arguments byte for byte, and none that holds a NUL", async () => {
  await using stage = new IsolateStage();
  const version = versionOf({
    run: `async (ctx) => {
      const echo = (args) => ctx.run(process.execPath, ["-e", "process.stdout.write(JSON.stringify(process.argv.slice(1)))", "--", ...args]).then(({ stdout }) => JSON.parse(stdout));
      const refusal = (...how) => ctx.run(...how).catch(({ code, message }) => [code, message.split(/[;.]? Received/)[0]]);
      return [await echo(ctx.input), await refusal("echo", ["a\\0b"]), await refusal("echo\\0; id", []), await refusal("echo; id", []), await refusal("echo", [], { env: { A: "\\0" } })];
    }`,
  });
  const awkward = ["a;b", "$(id)", "`id`", "*", "~", "$HOME", "env -S 'sh -c id'", "<<END\nid\nEND", "-n", "--", "--eval=1", "", " ", '"', "'", "\\", "a\nb", "a&&b|c>d", "é\u202e😀"];
  expect(await stage.step(version, "run", { input: awkward })).toEqual({
    is: "completed",
    data: [
      awkward,
      ["ERR_INVALID_ARG_VALUE", "The argument 'args[0]' must be a string without null bytes"],
      ["ERR_INVALID_ARG_VALUE", "The argument 'file' must be a string without null bytes"],
      ["ENOENT", "spawn echo; id ENOENT"],
      ["ERR_INVALID_ARG_VALUE", "The property 'options.env['A']' must be a string without null bytes"],
    ],
  });
});

it("calls an operation with input that its schema has checked", async () => {
  await using stage = new IsolateStage();
  const version = scriptOf(`exports.operations = [{ id: "math.double", label: "DOUBLE", run: ({ n }, ctx) => [n * 2, ctx.attempt, "input" in ctx],
    input: { "~standard": { version: 1, vendor: "test", validate: (value) => typeof value?.n === "number" ? { value } : { issues: [{ message: "n is no number" }] } } } }];`);
  const work = { do: "operate", operation: "math.double" } as const;
  const { signal } = new AbortController();
  expect(await stage.run(stage.call(version, { work, input: { n: 4 } }), signal)).toEqual({ is: "completed", data: [8, 1, false] });
  expect(await stage.run(stage.call(version, { work, input: {} }), signal)).toMatchObject({ code: "STEP_INPUT_INVALID", message: "math.double: n is no number" });
});

it("asks a step's own functions when it becomes ready", async () => {
  await using stage = new IsolateStage();
  const version = scriptOf(`exports.workflow = { id: "w", name: "W", steps: [
    { id: "each", label: "A", when: ({ input }) => input.go, each: ({ results }) => results.list, input: ({ item, index }) => item + index },
    { id: "plain", label: "B", input: { fixed: true } },
    { id: "bare", label: "C" },
  ] };`);
  const ask = async (step: string, input: Json): Promise<unknown> => {
    const outcome = await stage.run(stage.call(version, { work: { do: "evaluate", workflow: "w", step }, input, results: '{"list":[10,20]}' }), new AbortController().signal);
    return outcome.is === "completed" && outcome.data;
  };
  expect(await ask("each", { go: true })).toEqual({ when: true, items: [10, 20], inputs: [10, 21] });
  expect(await ask("each", { go: false })).toEqual({ when: false, items: null, inputs: null });
  expect(await ask("plain", {})).toEqual({ when: true, items: null, inputs: [{ fixed: true }] });
  expect(await ask("bare", {})).toEqual({ when: true, items: null, inputs: null });
});

it("takes a list from an asynchronous each, and says what else it was given", async () => {
  await using stage = new IsolateStage();
  const step = (id: string, each: string): string => `{ id: "${id}", label: "STEP", each: ${each}, run: () => 1 }`;
  const version = scriptOf(`exports.workflow = { id: "w", name: "W", steps: [${step("later", "async () => [1, 2]")}, ${step("text", '() => "abc"')}, ${step("object", "() => ({ length: 1 })")}] };`);
  const evaluate = (id: string) => stage.step(version, id, { work: { do: "evaluate", workflow: "w", step: id } });
  expect(await evaluate("later")).toMatchObject({ is: "completed", data: { items: [1, 2] } });
  expect(await evaluate("text")).toMatchObject({ is: "failed", code: "STEP_THREW", message: "each has to give a list, and gave a string." });
  expect(await evaluate("object")).toMatchObject({ message: "each has to give a list, and gave an object." });
});

it("refuses results that are cyclic, no JSON, or too large", async () => {
  await using stage = new IsolateStage();
  const version = versionOf({
    cyclic: "() => { const a = {}; a.a = a; return a; }",
    big: "() => 5n",
    call: "() => () => {}",
    huge: '() => "x".repeat(50_000_000)',
    after: '() => "fine"',
  });
  const code = async (step: string): Promise<unknown> => {
    const outcome = await stage.step(version, step);
    return outcome.is === "failed" ? outcome.code : outcome;
  };
  expect(await Promise.all(["cyclic", "big", "call", "huge"].map(code))).toEqual(["RESULT_NOT_JSON", "RESULT_NOT_JSON", "RESULT_NOT_JSON", "RESULT_TOO_LARGE"]);
  expect(await stage.step(version, "after")).toEqual({ is: "completed", data: "fine" });
});

it("keeps a prototype key as the plain key that it is, on both sides", async () => {
  await using stage = new IsolateStage();
  const evil = '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}';
  const version = versionOf({ make: `() => JSON.parse(${JSON.stringify(evil)})`, take: "({ results }) => [JSON.stringify(results.make), ({}).admin === undefined, results.make.admin === undefined]" });
  const made = await stage.step(version, "make");
  const data = made.is === "completed" ? made.data : null;
  expect(JSON.stringify(data)).toBe(evil);
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
  expect(await stage.step(version, "take", { results: JSON.stringify({ make: data }) })).toEqual({ is: "completed", data: [evil, true, true] });
});

it("names the line of the TypeScript that threw", async () => {
  await using folder = await makeFolder({
    "w.ts": `import { defineWorkflow } from "loom-gateway";\nimport { fail } from "./helper.ts";\n\nexport const workflow = defineWorkflow({ id: "w", name: "W", steps: [{ id: "go", label: "GO", run: () => fail() }] });\n`,
    "helper.ts": `interface Unused {\n  readonly a: 1;\n}\n\nexport function fail(): never {\n  throw new Error("here");\n}\n`,
  });
  const bundler = createBundler({ hostModules: ["loom-gateway"], clock: systemClock });
  const bundle = await bundler.bundle(folder.at("w.ts"), folder.path);
  await bundler.dispose();
  await using stage = new IsolateStage();
  expect(await stage.step(bundle, "go")).toMatchObject({ code: "STEP_THREW", stack: expect.stringContaining(`${folder.at("helper.ts")}:6:9`) });
});

it("ends a request with the step's signal", async () => {
  const asked = Promise.withResolvers<IncomingMessage>();
  await using server = createServer((request) => asked.resolve(request)).listen(0, "127.0.0.1");
  await once(server, "listening");
  await using stage = new IsolateStage({}, undefined, ["127.0.0.1"]);
  const stop = new AbortController();
  const version = versionOf({ ask: "({ fetch, input }) => fetch(input)" });
  const outcome = stage.step(version, "ask", { input: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, {}, stop.signal);
  const closed = once((await asked.promise).socket, "close");
  stop.abort();
  expect(await outcome).toMatchObject({ is: "failed", code: "CANCELLED" });
  await closed;
});
