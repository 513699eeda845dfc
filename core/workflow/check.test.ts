import { chown, mkdir, readFile, symlink } from "node:fs/promises";
import { expect, test } from "vitest";
import { makeFolder, type Folder } from "../../test/support/folder.ts";
import { systemClock } from "../clock/system.ts";
import { createRedactor } from "../log/redact.ts";
import { FakeClock } from "../testing/fakeClock.ts";
import { checkFiles, type CheckOptions, type CheckReport } from "./check.ts";
import { layDown } from "./init.ts";

const check = (home: Folder, more: Partial<CheckOptions> = {}): Promise<CheckReport> =>
  checkFiles({ roots: { home: home.path, shipped: home.at("shipped") }, files: [], workingFolder: home.path, clock: systemClock, env: process.env, redact: (text) => text, ...more });

/** `file:line: message mend`, with paths from the home. */
const said = ({ problems }: CheckReport, home: Folder): string[] => problems.map(({ file, line, message, mend }) => `${file}:${line}: ${message}${mend ? ` ${mend}` : ""}`.replaceAll(`${home.path}/`, ""));

const good = (id: string, more = ""): string => `import { defineWorkflow } from "loom-gateway";
export const workflow = defineWorkflow({
  id: "${id}",
  name: "Good",
  steps: [{ id: "one", label: "ONE", run: () => 1 }, ${more}],
});
`;

test("mistakes of every kind are told at their lines, all at once", async () => {
  await using home = await makeFolder({
    "workflows/report.ts": `import { defineWorkflow } from "loom-gateway";
import { days } from "./lib/days.ts";

export const workflow = defineWorkflow({
  id: "report",
  name: "Report",
  schedule: { cron: "0 2 * * *", zone: "Europe/Berln" },
  steps: [
    { id: "fetch", label: "FETCH", retires: 2, run: async () => ({ ok: true, data: { rows: days } }) },
    {
      id: "post",
      label: "POST",
      dependsOn: ["fetch", "sumup"],
      run: (ctx) => ctx.results.fetch.row,
    },
  ],
});
`,
    "workflows/lib/days.ts": "export const days: number[] = [1, 2];\nexport const wrong: string = 5;\n",
    "operations/text.ts": `import { defineOperation } from "loom-gateway";
export const operations = [
  defineOperation({ id: "text.upper", label: "UPPER", run: (text: string) => text.toUpperCase() }),
  defineOperation({ id: "upper", label: "UPPER", run: (text: string) => text.toUpperCase() }),
];
`,
  });
  const report = await check(home);
  expect(said(report, home)).toEqual([
    'operations/text.ts:4: "id" cannot be "upper". Use category.name in small letters, digits and hyphens: http.request.',
    "workflows/lib/days.ts:2: Type 'number' is not assignable to type 'string'. (TS2322)",
    'workflows/report.ts:7: "Europe/Berln" is not a known time zone. Did you mean "Europe/Berlin"?',
    'workflows/report.ts:9: There is no "retires" here. Did you mean "retries"?',
    'workflows/report.ts:13: Step "post" depends on "sumup", which is no step of this workflow. There are fetch, post.',
    "workflows/report.ts:14: Property 'row' does not exist on type '{ rows: number[]; }'. Did you mean 'rows'? (TS2551)",
  ]);
  expect(report.types).toEqual({ checked: true, typescript: expect.stringMatching(/^\d/) });
});

test("whatever a file is or does when it is loaded becomes one clear problem", async () => {
  await using elsewhere = await makeFolder({ "far.ts": good("far") });
  await using home = await makeFolder({
    "workflows/await.ts": "export const workflow = await 5;",
    "workflows/big.ts": " ".repeat(5_000_000),
    "workflows/binary.ts": "export const a = 1;\0",
    "workflows/buffers.js": "const all = []; for (;;) all.push(Buffer.alloc(1e7, 1));",
    "workflows/exit.ts": "process.exit(0);",
    "workflows/heap.js": "const all = []; for (;;) all.push(new Array(1e6).fill(0.5));",
    "workflows/late.ts": `Promise.reject(new Error("no luck"));\n${good("late")}`,
    "workflows/nothing.ts": "export const wrokflow = 1;",
    "workflows/operation.ts": 'export const operation = { id: "a.b", label: "A", run: () => 1 };',
    "workflows/package.ts": 'import x from "no-such-package";\nexport const workflow = x;',
    "workflows/syntax.ts": "export const workflow = {\n  id: 'a' name: 'b' };",
    "workflows/throws.ts": 'export const a = 1;\nthrow new Error("not today");',
    "workflows/xlast.ts": good("last"),
  });
  await symlink(elsewhere.at("far.ts"), home.at("workflows/far.ts"));
  await symlink(home.at("gone.ts"), home.at("workflows/gone.ts"));
  await mkdir(home.at("workflows/folder.ts"));
  const report = await check(home);
  const onlyExports = "Let it define and export only; the work belongs in a step's run(ctx).";
  expect(said(report, home).filter((line) => !/\(TS\d+\)$/.test(line))).toEqual([
    "workflows/await.ts:1: Top-level await is not available here Await inside a function: a plugin's setup(ctx) and a step's run(ctx) may be async.",
    "workflows/big.ts:1: It has 4.8 MiB; the most is 1 MiB. Keep data in files of its own, which a step reads.",
    "workflows/binary.ts:1: It is not text. Save it as TypeScript, in UTF-8.",
    `workflows/buffers.js:1: It ended its process while it was loaded. ${onlyExports}`,
    `workflows/exit.ts:1: It ended its process while it was loaded. ${onlyExports}`,
    `workflows/far.ts:1: It is a link to ${elsewhere.at("far.ts")}, outside of its folder. Put the file itself here.`,
    "workflows/folder.ts:1: It is a folder, not a file. Put a TypeScript file here.",
    "workflows/gone.ts:1: It is a link to nothing. Remove it.",
    `workflows/heap.js:1: It ended its process while it was loaded. ${onlyExports}`,
    "workflows/late.ts:1: It threw right after it was loaded: no luck Do the work in a step's run(ctx).",
    "workflows/nothing.ts:1: It exports no workflow. Write export const workflow = defineWorkflow({ … }). What others import may lie in a folder beside it.",
    "workflows/operation.ts:1: A file of workflows exports an operation. Move it to operations/.",
    "workflows/package.ts:1: The package \"no-such-package\" is not installed Install it beside the file or in LOOM_HOME: npm install no-such-package",
    'workflows/syntax.ts:2: Expected "}" but found "name"',
    "workflows/throws.ts:2: It threw while it was loaded: not today",
  ]);
  expect(report.files.at(-1)!.holds).toMatchObject([{ id: "last", steps: 1 }]);
});

test("a file that never comes to an end is given up, and the next one is looked at", async () => {
  await using home = await makeFolder({ "workflows/a.js": "for (;;);", "workflows/b.ts": good("b") });
  // Time passes for the first one only.
  const clock = new FakeClock();
  const checking = check(home, { clock });
  await expect.poll(() => clock.pending).toBe(1);
  await clock.advance(10_000);
  const report = await checking;
  expect(said(report, home)).toEqual(["workflows/a.js:1: It was not loaded within 10 seconds. Let it define and export only; the work belongs in a step's run(ctx)."]);
  expect(report.files[1]!.holds).toMatchObject([{ id: "b" }]);
});

test("what others import is no workflow of its own, and tests are passed over", async () => {
  await using home = await makeFolder({
    "workflows/a.ts": `import "./helper.ts";\n${good("a")}`,
    "workflows/helper.ts": "export const n = 1;",
    "workflows/a.test.ts": "throw new Error();",
    "workflows/lib/more.ts": "throw new Error();",
    "workflows/notes.md": "no code",
  });
  const report = await check(home);
  expect(said(report, home)).toEqual([]);
  expect(report.files.map(({ path }) => path)).toEqual([home.at("workflows/a.ts"), home.at("workflows/helper.ts")]);
});

test("the user's file takes the place of a shipped one; of two in one folder the first holds", async () => {
  await using home = await makeFolder({ "shipped/workflows/backup.ts": good("backup"), "workflows/my-backup.ts": good("backup"), "workflows/other.ts": good("backup") });
  const report = await check(home);
  expect(report.files.map(({ root, holds: [first] }) => [root, first!.overrides, first!.overridden])).toEqual([
    ["shipped", null, true],
    ["home", "shipped", false],
    ["home", null, true],
  ]);
  expect(said(report, home)).toEqual(['workflows/other.ts:3: workflows/my-backup.ts has the id "backup" too. Rename one of them; until then the one that was live first holds.']);
});

test("workflows that run each other have to be there, and come to an end", async () => {
  const runs = (id: string): string => `\n    { id: "sub", label: "SUB", workflow: "${id}" }`;
  await using home = await makeFolder({ "workflows/a.ts": good("a", runs("b")), "workflows/b.ts": good("b", runs("a")), "workflows/c.ts": good("c", runs("reprot")), "workflows/report.ts": good("report") });
  expect(said(await check(home), home)).toEqual([
    "workflows/a.ts:6: Workflows would run each other for ever: a → b → a. Remove one of these steps.",
    'workflows/b.ts:6: There is no workflow "a". Mend workflows/a.ts, which has it.',
    'workflows/c.ts:6: There is no workflow "reprot". Did you mean "report"?',
  ]);
});

test("only the files that are named are looked at, wherever they lie", async () => {
  await using home = await makeFolder({ "workflows/bad.ts": "broken(", "workflows/good.ts": good("good"), "elsewhere/op.ts": 'export const operation = { id: "x.y", label: "X" };' });
  const report = await check(home, { files: ["workflows/good.ts", home.at("elsewhere/op.ts"), "nothing.ts"] });
  expect(said(report, home)).toEqual([
    'elsewhere/op.ts:1: "run" is missing. Give a function, such as async (input, ctx) => ({ ok: true }).',
    "nothing.ts:1: There is no such file. Check its name.",
  ]);
  expect(report.files.map(({ root }) => root)).toEqual(["home", "named", "named"]);
});

test("the user's own tsconfig.json counts, and a mistake in it is told", async () => {
  await using home = await makeFolder({ "workflows/a.ts": `export const all = (list) => list;\n${good("a")}` });
  await layDown(home.path);
  expect(said(await check(home), home)).toEqual(["workflows/a.ts:1: Parameter 'list' implicitly has an 'any' type. (TS7006)"]);
  await home.write({ "tsconfig.json": '{ "extends": "./types/tsconfig.json", "compilerOptions": { "noImplicitAny": false } }' });
  expect(said(await check(home), home)).toEqual([]);
  await home.write({ "tsconfig.json": '{ "extends": "./types/tsconfig.json",\n "compilerOptions": { "noImplicitAny": 7 } }' });
  expect(said(await check(home), home)[0]).toMatch(/^tsconfig\.json:2: .*noImplicitAny.*\(TS5024\)$/);
});

test("an operation that no file has is a mistake where one of its category was meant, else a note", async () => {
  const operates = (id: string): string => `\n    { id: "op", label: "OP", operationId: "${id}" }`;
  const operation = 'import { defineOperation } from "loom-gateway";\nexport const operation = defineOperation({ id: "http.request", label: "ASK", run: () => 1 });';
  await using home = await makeFolder({ "shipped/operations/http.ts": operation, "workflows/a.ts": good("a", operates("http.req")), "workflows/b.ts": good("b", operates("http.telegram")), "workflows/c.ts": good("c", operates("http.request")) });
  const report = await check(home);
  expect(said(report, home)).toEqual(['workflows/a.ts:6: No file of operations/ has "http.req". Did you mean "http.request"?']);
  expect(said({ ...report, problems: report.notes }, home)).toEqual(['workflows/b.ts:6: No file of operations/ has "http.telegram". It has to be offered by a plugin.']);
});

test("an executor that nobody offers is pointed out, and a mistake where another one was meant", async () => {
  const executes = (kind: string): string => `\n    { id: "op", label: "OP", executor: "${kind}" }`;
  await using home = await makeFolder({ "workflows/a.ts": good("a", executes("prune-rums")), "workflows/b.ts": good("b", executes("lamp")), "workflows/c.ts": good("c", executes("prune-runs")) });
  const report = await check(home);
  expect(said(report, home)).toEqual(['workflows/a.ts:6: Loom itself has no executor "prune-rums". Did you mean "prune-runs"?']);
  expect(said({ ...report, problems: report.notes }, home)).toEqual(['workflows/b.ts:6: Loom itself has no executor "lamp". It has to be offered by a plugin.']);
  const beside = await check(home, { files: ["b"], gateway: { files: [], operations: [], executors: ["light"] } });
  expect(said({ ...beside, problems: beside.notes }, home)).toEqual(['workflows/b.ts:6: No plugin offers the executor "lamp". Add the plugin that offers it.']);
});

test("a webhook without its secret and a time that is over are pointed out", async () => {
  const source = (id: string, more: string): string => good(id).replace('name: "Good",', `name: "Good",\n  ${more}`);
  const hook = 'triggers: [{ webhook: "hmac", secret: "SET" }, { webhook: "token", secret: "NOT_SET" }, { webhook: "token", secret: "SHORT" }],';
  await using home = await makeFolder({ "workflows/hook.ts": source("hook", hook), "workflows/past.ts": source("past", 'schedule: { at: "2020-01-01T00:00:00Z" },'), "workflows/next.ts": source("next", 'schedule: { at: "2999-01-01T00:00:00Z" },') });
  const report = await check(home, { env: { ...process.env, SET: "s3cret-that-is-long", SHORT: "s3cret" } });
  expect(said(report, home)).toEqual([]);
  expect(said({ ...report, problems: report.notes }, home)).toEqual([
    "workflows/hook.ts:5: The variable NOT_SET is not set here; without a good one every request is refused. Set it in .env, such as to what `openssl rand -hex 32` prints, and start Loom again.",
    "workflows/hook.ts:5: The variable SHORT has less than 16 characters here; without a good one every request is refused. Set it in .env, such as to what `openssl rand -hex 32` prints, and start Loom again.",
    "workflows/past.ts:5: This time is over, so that the clock starts it no more. Give another one, or remove it.",
  ]);
});

test("types are looked at beside a file that cannot be parsed", async () => {
  await using home = await makeFolder({ "workflows/broken.ts": "broken(", "workflows/typed.ts": `export const wrong: string = 5;\n${good("typed")}` });
  expect(said(await check(home), home)).toEqual(expect.arrayContaining(["workflows/typed.ts:1: Type 'number' is not assignable to type 'string'. (TS2322)"]));
});

test("a file that is not in the working folder is found in the home, by its path and by its name", async () => {
  await using elsewhere = await makeFolder();
  await using home = await makeFolder({ "workflows/mine.ts": good("mine") });
  for (const name of ["mine", "workflows/mine.ts"]) {
    const report = await check(home, { files: [name], workingFolder: elsewhere.path });
    expect(report).toMatchObject({ problems: [], files: [{ path: home.at("workflows/mine.ts"), root: "home" }] });
  }
});

test("nothing is run that another user has put into the working folder, or above it", async () => {
  await using home = await makeFolder({ "workflows/mine.ts": good("nightly") });
  await using shared = await makeFolder({
    "mine": "module.exports = {}; process.exit(9);",
    "nightly": "process.exit(9);",
    "theirs.ts": good("theirs"),
    "node_modules/typescript/package.json": '{ "name": "typescript", "version": "5.9.9" }',
    "node_modules/typescript/bin/tsc": 'console.log("x.ts(1,1): error TS1: theirs"); process.exit(1);',
    "own/kept": "",
  });
  const nobody = 65_534;
  for (const path of ["mine", "nightly", "theirs.ts", "node_modules", "node_modules/typescript", "node_modules/typescript/package.json"]) await chown(shared.at(path), nobody, nobody);
  for (const name of ["mine", "nightly"]) {
    expect(await check(home, { files: [name], workingFolder: shared.path })).toMatchObject({ problems: [], files: [{ path: home.at("workflows/mine.ts") }], types: { checked: true, typescript: expect.not.stringContaining("5.9.9") as string } });
  }
  const named = await check(home, { files: ["theirs.ts"], workingFolder: shared.path });
  expect(named.problems).toMatchObject([{ file: shared.at("theirs.ts"), message: `It is not loaded, since it may be another user's: ${shared.at("theirs.ts")} belongs to another user (uid ${nobody}).` }]);
  expect((await check(home, { workingFolder: shared.at("own") })).problems).toEqual([]);
});

test("a file that is named is not run where what it imports may be another user's", async () => {
  await using home = await makeFolder();
  await using shared = await makeFolder({ "mine.ts": `import { x } from "./lib"; export const y = x;\n${good("mine")}`, "lib.ts": "export const x = 1;", "lib.tsx": "export const x = 2; process.exit(9);" });
  await chown(shared.at("lib.tsx"), 65_534, 65_534);
  const report = await check(home, { files: ["mine.ts"], workingFolder: shared.path });
  expect(report.problems).toMatchObject([{ file: shared.at("mine.ts"), message: `It imports what may be another user's: ${shared.at("lib.tsx")} belongs to another user (uid 65534).` }]);
});

test("what a file is called by is its path, its name, or the id of what it holds", async () => {
  await using home = await makeFolder({ "workflows/mine.ts": good("nightly"), "shipped/workflows/nightly.ts": good("other"), "workflows/bad.ts": "broken(" });
  const found = async (...files: string[]): Promise<string[]> => {
    const report = await check(home, { files, workingFolder: home.at("shipped") });
    expect(report.problems).toEqual([]);
    return report.files.map(({ path }) => path);
  };
  const [mine, nightly] = [home.at("workflows/mine.ts"), home.at("shipped/workflows/nightly.ts")];
  expect([await found("nightly"), await found("mine"), await found("other")]).toEqual([[nightly], [mine], [nightly]]);
  // Once, by however many names it is called.
  expect(await found("nightly", "mine", "other")).toEqual([nightly, mine]);
  expect((await check(home, { files: ["nowhere"] })).problems).toMatchObject([{ file: home.at("nowhere"), message: "There is no such file." }]);
});

test("a file that is named is judged beside all others", async () => {
  const runs = (id: string): string => `\n    { id: "sub", label: "SUB", workflow: "${id}" }`;
  await using home = await makeFolder({ "workflows/a.ts": good("a", runs("b")), "workflows/b.ts": "broken(", "workflows/c.ts": good("a") });
  expect(said(await check(home, { files: ["a", "c"] }), home)).toEqual([
    'workflows/a.ts:6: There is no workflow "b". Write it.',
    'workflows/c.ts:3: workflows/a.ts has the id "a" too. Rename one of them; until then the one that was live first holds.',
  ]);
});

test("of a gateway that runs, it counts which file had an id first, what was live last, and what plugins offer", async () => {
  const does = (field: string, id: string): string => `\n    { id: "op", label: "OP", ${field}: "${id}" }`;
  await using home = await makeFolder({
    "workflows/a.ts": good("x"),
    "workflows/b.ts": good("x"),
    "workflows/broken.ts": "broken(",
    "workflows/runs.ts": good("runs", does("workflow", "lives-on")),
    "workflows/sends.ts": good("sends", does("operationId", "mail.send")),
    "workflows/sned.ts": good("sned", does("operationId", "mail.sned")),
    "workflows/lamp.ts": good("lamp", does("executor", "lmap")),
    "workflows/light.ts": good("light", does("executor", "lamp")),
  });
  const live = (name: string, id: string) => ({ path: home.at(`workflows/${name}.ts`), holds: [{ kind: "workflow" as const, id, live: true }] });
  const report = await check(home, { gateway: { files: [live("b", "x"), live("broken", "lives-on")], operations: ["mail.send"], executors: ["lamp"] } });
  expect(said(report, home).filter((line) => !/\(TS\d+\)$/.test(line))).toEqual([
    'workflows/a.ts:3: workflows/b.ts has the id "x" too. Rename one of them; until then the one that was live first holds.',
    "workflows/broken.ts:1: Unexpected end of file",
    'workflows/lamp.ts:6: No plugin offers the executor "lmap". Did you mean "lamp"?',
    'workflows/sned.ts:6: No file of operations/ has "mail.sned", and no plugin offers it. Did you mean "mail.send"?',
  ]);
  expect([report.notes, report.files.find(({ path }) => path.endsWith("a.ts"))!.holds[0]!.overridden]).toEqual([[], true]);
});

test("files find their variables while they are loaded, and what they start then is ended", async () => {
  await using home = await makeFolder({
    "workflows/a.ts": `import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
if (!process.env.DEPLOY_SECRET) throw new Error("DEPLOY_SECRET is missing");
for (const env of [process.env, { PATH: process.env.PATH }]) {
  const child = spawn("sleep", ["600"], { detached: true, stdio: "ignore", env });
  child.unref();
  writeFileSync(\`\${__dirname}/pids\`, \`\${child.pid}\\n\`, { flag: "a" });
}
${good("a")}`,
  });
  const report = await check(home, { env: { ...process.env, DEPLOY_SECRET: "ssh" } });
  expect(said(report, home).filter((line) => !/\(TS\d+\)$/.test(line))).toEqual([]);
  const pids = (await readFile(home.at("workflows/pids"), "utf8")).trim().split("\n");
  expect(pids).toHaveLength(2);
  // One that ended and that nobody has asked after has no command any more.
  for (const pid of pids) expect(await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).toBe("");
});

test("secrets are in no mistake", async () => {
  await using home = await makeFolder({
    "workflows/a.ts": 'throw new Error(`login with ${process.env.DEPLOY_SECRET} failed`);',
    "workflows/b.ts": good("b").replace('"Good"', '"Good", overlap: process.env.DEPLOY_SECRET'),
  });
  const redactor = createRedactor({ DEPLOY_SECRET: "hunter-2-for-ever-and-ever-and-a-day-and-one-more" });
  const report = await check(home, { env: { ...process.env, DEPLOY_SECRET: "hunter-2-for-ever-and-ever-and-a-day-and-one-more" }, redact: (text) => redactor.text(text) });
  expect(said(report, home).filter((line) => !/\(TS\d+\)$/.test(line))).toEqual([
    "workflows/a.ts:1: It threw while it was loaded: login with [redacted] failed",
    'workflows/b.ts:4: "overlap" cannot be "[redacted]…". Use "skip" or "queue" or "cancel_old".',
  ]);
  expect(JSON.stringify(report)).not.toContain("hunter");
});

test("a schedule cannot start what has to be given an input, which is told at its field", async () => {
  const text = `import { defineWorkflow } from "loom-gateway";
import * as z from "zod";
export const workflow = defineWorkflow({
  id: "a",
  name: "A",
  schedule: "@daily",
  input: z.object({
    city: z.string().default("Oslo"),
    days: z.int(),
  }),
  steps: [{ id: "one", label: "ONE", run: () => 1 }],
});
`;
  await using home = await makeFolder({ "workflows/a.ts": text });
  expect(said(await check(home), home)).toEqual(['workflows/a.ts:9: "days" has to be given, but the schedule starts runs without an input. Give it a default, as by .default(…), or make it optional: only people and requests bring an input of their own.']);
});
