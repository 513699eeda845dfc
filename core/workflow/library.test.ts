import { subscribe } from "node:diagnostics_channel";
import { readFile, rename, rm, symlink } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { libraryStage, operation, workflow, type LibraryStage } from "../../test/support/libraryStage.ts";
import { patientClock } from "../../test/support/patientClock.ts";
import { systemClock } from "../clock/system.ts";
import { createRedactor } from "../log/redact.ts";
import { FakeClock } from "../testing/fakeClock.ts";
import { DOUBT_MS } from "./library/shelf.ts";

const thrown = (id: string): string => `${workflow(id)}\nthrow new Error("not today");\n`;
const NOT_TODAY = "It threw while it was loaded: not today";
const nameOf = (it: LibraryStage, id: string): string | undefined => it.library.workflow(id)?.facts.name;
const named = (id: string, name: string): string => workflow(id).replace(`Workflow ${id}`, name);
let processes = 0;
subscribe("child_process", () => (processes += 1));

describe("what lies in both roots", () => {
  test("is laid down with its code, and with the sources of that", async () => {
    await using it = await libraryStage({
      "home/workflows/a.ts": `import { n } from "./lib/n.ts";\n${workflow("a", "description: String(n),")}`,
      "home/workflows/lib/n.ts": "export const n = 1;",
      "home/operations/text.ts": operation("text.one"),
      "shipped/workflows/b.ts": workflow("b"),
    });
    await it.library.start();
    expect(it.files()).toEqual(["home/operations/text.ts: text.one", "home/workflows/a.ts: a", "shipped/workflows/b.ts: b"]);
    const a = it.library.workflow("a")!;
    expect(a).toMatchObject({ version: 1, shipped: false, facts: { description: "1" } });
    const bundle = await it.store.weave.bundle(a.bundleHash);
    expect(bundle).toMatchObject({ entry: it.folder.at("home/workflows/a.ts") });
    expect((JSON.parse(bundle!.map!) as { sourcesContent: string[] }).sourcesContent).toContain("export const n = 1;");
    expect(it.library.workflow("b")).toMatchObject({ shipped: true });
    expect(await it.store.weave.bundle(it.library.operation("text.one")!.bundleHash)).not.toBeNull();
    expect(it.library.operation("text.one")!.facts).toEqual({ id: "text.one", label: "ONE", description: null, input: null, afterCrash: "retry" });
    expect(it.complaints).toEqual([]);
  });

  test("may be JavaScript, as Loom's own files are once they are built", async () => {
    const script = 'exports.workflow = require("loom-gateway").defineWorkflow({ id: "ID", name: "Built", steps: [{ id: "one", label: "ONE", run: () => 1 }] });';
    await using it = await libraryStage({
      "shipped/workflows/a.cjs": script.replace("ID", "a"),
      "shipped/workflows/b.js": script.replace("ID", "b"),
    });
    await it.library.start();
    expect(it.files()).toEqual(["shipped/workflows/a.cjs: a", "shipped/workflows/b.js: b"]);
    expect(await it.store.weave.bundle(it.library.workflow("a")!.bundleHash)).toMatchObject({ entry: it.folder.at("shipped/workflows/a.cjs"), code: script.replace("ID", "a"), map: null });
  });

  test("is not read again at a start when nothing was written", async () => {
    await using it = await libraryStage({ "home/workflows/a.ts": workflow("a"), "home/workflows/b.ts": "export const b = ;", "home/operations/text.ts": operation("text.one") });
    await it.library.start();
    await it.library.reload();
    const before = { files: it.files(), a: it.library.workflow("a"), operation: it.library.operation("text.one") };
    expect(before.files).toContain('home/workflows/b.ts:  (b.ts:1:18 Unexpected ";")');
    it.events.length = 0;
    const begun = processes;
    expect(begun).toBeGreaterThan(0);
    await it.restart();
    expect({ files: it.files(), a: it.library.workflow("a"), operation: it.library.operation("text.one") }).toEqual(before);
    expect(processes).toBe(begun);
    expect(it.events).toEqual([]);
  });

  test("is read again at a start where what loaded it had ended: that may have been for nothing in the file", async () => {
    await using it = await libraryStage({ "home/workflows/a.ts": "", "ends": "" });
    await it.save({ "workflows/a.ts": `import { existsSync } from "node:fs";\nif (existsSync(${JSON.stringify(it.folder.at("ends"))})) process.kill(process.pid, "SIGKILL");\n${workflow("a")}` });
    await it.library.start();
    await it.library.reload();
    expect(it.files()).toEqual(["home/workflows/a.ts:  (a.ts:1:1 It ended its process while it was loaded.)"]);
    await it.folder.remove("ends");
    await it.restart();
    expect(it.files()).toEqual(["home/workflows/a.ts: a"]);
  });

  test("is compared with what was there before the start", async () => {
    await using it = await libraryStage({ "home/workflows/a.ts": workflow("a"), "home/workflows/b.ts": workflow("b"), "home/workflows/c.ts": workflow("c") });
    await it.library.start();
    await it.library.stop();
    it.events.length = 0;
    await it.folder.remove("home/workflows/a.ts");
    await it.save({ "workflows/b.ts": named("b", "Other"), "workflows/d.ts": workflow("d") });
    await it.restart();
    await it.library.reload();
    expect(it.files()).toEqual(["home/workflows/b.ts: b", "home/workflows/c.ts: c", "home/workflows/d.ts: d"]);
    expect(it.events.toSorted()).toEqual(["strand.added d", "strand.edited b", "strand.removed a"]);
    expect(it.library.workflow("b")!.version).toBe(2);
  });

  test("of the user's goes before what comes with Loom, as long as it is there", async () => {
    await using it = await libraryStage({ "home/workflows/mine.ts": named("a", "Mine"), "shipped/workflows/a.ts": named("a", "Loom's") });
    await it.library.start();
    expect([nameOf(it, "a"), ...it.files()]).toEqual(["Mine", "home/workflows/mine.ts: a", "shipped/workflows/a.ts: [a]"]);
    await it.folder.remove("home/workflows/mine.ts");
    await it.library.reload();
    expect([nameOf(it, "a"), ...it.files()]).toEqual(["Loom's", "shipped/workflows/a.ts: a"]);
    await it.save({ "workflows/again.ts": named("a", "Again") });
    await it.library.reload();
    expect([nameOf(it, "a"), it.library.workflow("a")!.shipped]).toEqual(["Again", false]);
    expect(it.events).not.toContain("strand.removed a");
  });

  test("may lie elsewhere, with a link to its folder", async () => {
    await using it = await libraryStage({ "elsewhere/a.ts": `import { n } from "./lib/n.ts";\n${workflow("a", "description: n,")}`, "elsewhere/lib/n.ts": 'export const n = "one";', "home/config.json": "{}" });
    await symlink(it.folder.at("elsewhere"), it.folder.at("home/workflows"));
    await it.library.start();
    await it.folder.write({ "elsewhere/lib/n.ts": 'export const n = "two";' });
    await it.library.reload();
    expect([it.library.workflow("a")?.facts.description, ...it.files()]).toEqual(["two", "elsewhere/a.ts: a"]);
  });

  test("is another workflow when its id changes, and tells who listens", async () => {
    await using it = await libraryStage({ "home/workflows/a.ts": workflow("a"), "home/workflows/b.ts": workflow("b") });
    await it.library.start();
    const changes: unknown[] = [];
    it.library.on((changed) => void changes.push(changed));
    await it.save({ "workflows/a.ts": workflow("other") });
    await it.library.reload();
    expect(changes).toEqual([{ workflows: ["a", "other"], files: [it.folder.at("home/workflows/a.ts")] }]);
    expect([...it.library.workflows()].map(({ facts }) => facts.id).toSorted()).toEqual(["b", "other"]);
  });

  test("stays live while its folder cannot be read", async () => {
    await using it = await libraryStage({ "home/workflows/a.ts": workflow("a") });
    await it.library.start();
    await rename(it.folder.at("home/workflows"), it.folder.at("home/aside"));
    await symlink("workflows", it.folder.at("home/workflows"));
    await it.library.reload();
    await it.restart();
    expect([nameOf(it, "a"), ...it.files()]).toEqual(["Workflow a", "home/workflows/a.ts: a"]);
    await rm(it.folder.at("home/workflows"));
    await it.library.reload();
    expect(it.files()).toEqual([]);
    expect(it.events.at(-1)).toBe("strand.removed a");
  });
});

test("code of an operation is forgotten after an hour when nothing needs it any more", async () => {
  const clock = new FakeClock();
  await using it = await libraryStage({ "home/operations/text.ts": operation("text.one") }, { clock });
  await it.library.start();
  const before = it.library.operation("text.one")!.bundleHash;
  await it.save({ "operations/text.ts": operation("text.one", "2") });
  await it.library.reload();
  const now = it.library.operation("text.one")!.bundleHash;
  expect(await Promise.all([before, now].map((hash) => it.store.weave.bundle(hash)))).toEqual([expect.anything(), expect.anything()]);
  await clock.advance(3_600_000);
  await it.library.reload();
  expect(await Promise.all([before, now].map((hash) => it.store.weave.bundle(hash)))).toEqual([null, expect.anything()]);
});

describe("the environment of files", () => {
  const wanting = `if (!process.env.REGION) throw new Error(\`no region, though \${process.env.API_TOKEN}\`);\n${workflow("a", "description: process.env.REGION,")}`;

  test("is that of the gateway, and another one lets them be read again", async () => {
    const env: Record<string, string | undefined> = { ...process.env };
    await using it = await libraryStage({ "home/workflows/a.ts": wanting }, { env });
    await it.library.start();
    await it.library.reload();
    expect(it.files()).toEqual([expect.stringContaining("no region")]);
    env.REGION = "north";
    await it.restart();
    expect([it.library.workflow("a")?.facts.description, ...it.files()]).toEqual(["north", "home/workflows/a.ts: a"]);
  });

  test("gives none of its secrets away, neither to people nor to the store", async () => {
    const redactor = createRedactor({ API_TOKEN: "hunter-2-for-ever" });
    await using it = await libraryStage({ "home/workflows/a.ts": wanting }, { env: { ...process.env, API_TOKEN: "hunter-2-for-ever" }, redact: (text) => redactor.text(text) });
    await it.library.start();
    await it.library.reload();
    expect(it.files()).toEqual([expect.stringContaining("no region, though [redacted]")]);
    expect(JSON.stringify(await it.store.kv.get("loom:library", it.folder.at("home/workflows/a.ts")))).toContain("though [redacted]");
    expect(JSON.stringify(await it.store.events.after(0, 100))).not.toContain("hunter");
  });

  test("sees programs that a file starts end with the process that loads it, which ends nobody else's", async () => {
    const starting = `import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
const child = spawn("sleep", ["600"], { detached: true, stdio: "ignore", env: { PATH: process.env.PATH } });
child.unref();
writeFileSync(\`\${__dirname}/pids\`, \`\${child.pid}\\n\`, { flag: "a" });
`;
    await using it = await libraryStage({ "home/workflows/a.ts": starting + workflow("a") });
    // After a start the process may rest. While what was started in it is being ended, the next file has brought up another one.
    await it.library.start();
    await it.save({ "workflows/a.ts": starting + named("a", "Next"), "workflows/b.ts": workflow("b") });
    await it.library.reload();
    expect(it.files()).toEqual(["home/workflows/a.ts: a", "home/workflows/b.ts: b"]);
    await it.library.stop();
    const pids = (await readFile(it.folder.at("home/workflows/pids"), "utf8")).trim().split("\n");
    expect(pids).toHaveLength(2);
    // One that ended and that nobody has asked after has no command any more.
    for (const pid of pids) expect(await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).toBe("");
  });
});

describe("a broken file", () => {
  test.each(["as it is remembered", "with nothing remembered"])("keeps its last good version, also over a restart, %s", async (how) => {
    await using it = await libraryStage({ "home/workflows/a.ts": workflow("a"), "home/operations/text.ts": operation("text.one") });
    await it.library.start();
    const hash = it.library.workflow("a")!.bundleHash;
    await it.library.stop();
    await it.save({ "workflows/a.ts": thrown("a") });
    if (how !== "as it is remembered") await it.store.kv.delete("loom:library", "files");
    it.events.length = 0;
    await it.restart();
    await it.library.reload();
    expect(it.files()).toEqual(["home/operations/text.ts: text.one", `home/workflows/a.ts: a (a.ts:9:7 ${NOT_TODAY})`]);
    expect(it.library.workflow("a")).toMatchObject({ bundleHash: hash, version: 1 });
    await it.restart();
    expect(it.files()[1]).toBe(`home/workflows/a.ts: a (a.ts:9:7 ${NOT_TODAY})`);
    expect(it.events).toEqual(["workflow.problems a"]);
    await it.save({ "workflows/a.ts": named("a", "Mended") });
    await it.library.reload();
    expect([nameOf(it, "a"), it.files()[1]]).toEqual(["Mended", "home/workflows/a.ts: a"]);
    expect(it.events.slice(1)).toEqual(["strand.edited a", "workflow.problems a"]);
  });

  test("of any kind is one clear problem, and takes nobody with it", async () => {
    await using elsewhere = await libraryStage({ "far.ts": workflow("far") });
    await using it = await libraryStage({
      "home/workflows/big.ts": " ".repeat(5_000_000),
      "home/workflows/binary.ts": "export const a = 1;\0",
      "home/workflows/exits.ts": "process.exit(0);",
      "home/workflows/fields.ts": workflow("fields", "nmae: 1,"),
      "home/workflows/helper.ts": 'import "./lib/broken.ts";',
      "home/workflows/lib/broken.ts": "export const a = 1;\nexport const = 2;",
      "home/workflows/nothing.ts": "export const a = 1;",
      "home/workflows/package.ts": 'import x from "no-such-package";\nexport const workflow = x;',
      "home/workflows/throws.ts": thrown("throws"),
      "home/workflows/works.ts": workflow("works"),
      "home/operations/text.ts": workflow("text"),
    });
    await symlink(elsewhere.folder.at("far.ts"), it.folder.at("home/workflows/far.ts"));
    await it.library.start();
    await it.library.reload();
    expect(it.files()).toEqual([
      "home/operations/text.ts:  (text.ts:2:25 A file of operations exports a workflow.)",
      "home/workflows/big.ts:  (big.ts:1:1 It has 4.8 MiB; the most is 1 MiB.)",
      "home/workflows/binary.ts:  (binary.ts:1:1 It is not text.)",
      "home/workflows/exits.ts:  (exits.ts:1:1 It ended its process while it was loaded.)",
      `home/workflows/far.ts:  (far.ts:1:1 It is a link to ${elsewhere.folder.at("far.ts")}, outside of its folder.)`,
      'home/workflows/fields.ts:  (fields.ts:5:3 There is no "nmae" here.)',
      'home/workflows/helper.ts:  (lib/broken.ts:2:14 Expected identifier but found "=")',
      "home/workflows/nothing.ts:  (nothing.ts:1:1 It exports no workflow.)",
      'home/workflows/package.ts:  (package.ts:1:15 The package "no-such-package" is not installed)',
      `home/workflows/throws.ts:  (throws.ts:9:7 ${NOT_TODAY})`,
      "home/workflows/works.ts: works",
    ]);
  });

  test("whose input is made of thousands of levels holds up no other, and its runs say so", async () => {
    const made = 'input: { "~standard": { version: 1, vendor: "t", validate: () => ({ value: JSON.parse("[".repeat(3_500) + "]".repeat(3_500)) }) } } as never,';
    await using it = await libraryStage({ "home/workflows/a.ts": workflow("a", made), "home/workflows/b.ts": workflow("b") });
    await it.library.start();
    await it.save({ "workflows/b.ts": named("b", "B2") });
    await it.library.reload();
    await it.restart();
    expect(it.library.workflow("a")!.facts.input).toEqual({ default: null, varies: true, schema: null });
    expect([nameOf(it, "b"), it.files(), it.complaints]).toEqual(["B2", ["home/workflows/a.ts: a", "home/workflows/b.ts: b"], []]);
  });

  test("is read again when what it lacks has come", async () => {
    await using it = await libraryStage({
      "home/workflows/a.ts": `import { n } from "./lib/n.ts";\n${workflow("a", "description: n,")}`,
      "home/workflows/b.ts": `import n from "some-package";\n${workflow("b", "description: n,")}`,
    }, { watch: true });
    await it.library.start();
    await it.until(() => it.files().every((file) => file.includes("(")));
    await it.save({ "node_modules/some-package/index.js": 'module.exports = "installed";', "node_modules/some-package/package.json": '{ "name": "some-package" }' });
    await it.save({ "workflows/lib/n.ts": 'export const n = "there";' });
    await it.until(() => it.library.workflow("a")?.facts.description === "there" && it.library.workflow("b")?.facts.description === "installed");
    expect(it.files()).toEqual(["home/workflows/a.ts: a", "home/workflows/b.ts: b"]);
  });

  test("that never comes to an end holds nobody up, and is mended at once", async () => {
    await using it = await libraryStage({ "home/workflows/a.ts": "for (;;);", "home/workflows/b.ts": workflow("b") }, { watch: true, clock: patientClock(10_000) });
    await it.library.start();
    // On a busy machine it may be slow too.
    await it.until(() => it.library.workflow("b") !== undefined);
    expect(it.files()).toEqual(["home/workflows/b.ts: b"]);
    await it.save({ "workflows/b.ts": named("b", "Saved meanwhile") });
    await it.until(() => nameOf(it, "b") === "Saved meanwhile");
    await it.save({ "workflows/a.ts": workflow("a") });
    await it.until(() => it.library.workflow("a") !== undefined);
    expect(it.files()).toEqual(["home/workflows/a.ts: a", "home/workflows/b.ts: b"]);
    // It was not given up, for which there was no time: that would have been told.
    expect(it.events).toEqual(["strand.added b", "strand.edited b", "strand.added a"]);
  });
});

describe("files that do not go together", () => {
  test("with one id: it stays with the file that has it, and goes to the other with that file's end", async () => {
    await using it = await libraryStage({ "home/workflows/b.ts": named("x", "First") });
    await it.library.start();
    await it.save({ "workflows/a.ts": named("x", "Second") });
    await it.library.reload();
    const twin = `a.ts:3:3 ${it.folder.at("home/workflows/b.ts")} has the id "x" too.`;
    expect([nameOf(it, "x"), ...it.files()]).toEqual(["First", `home/workflows/a.ts: [x] (${twin})`, "home/workflows/b.ts: x"]);
    await it.restart();
    expect([nameOf(it, "x"), ...it.files()]).toEqual(["First", `home/workflows/a.ts: [x] (${twin})`, "home/workflows/b.ts: x"]);
    await it.folder.remove("home/workflows/b.ts");
    await it.library.reload();
    expect([nameOf(it, "x"), ...it.files()]).toEqual(["Second", "home/workflows/a.ts: x"]);
  });

  test("that run a workflow which is not there wait for it, and stay when it goes", async () => {
    const parent = workflow("parent").replace("run: () => 1", 'workflow: "child"');
    await using it = await libraryStage({ "home/workflows/parent.ts": parent });
    await it.library.start();
    await it.library.reload();
    expect(it.files()).toEqual(['home/workflows/parent.ts: [parent] (parent.ts:6:38 There is no workflow "child".)']);
    await it.save({ "workflows/child.ts": workflow("child") });
    await it.library.reload();
    expect(it.files()).toEqual(["home/workflows/child.ts: child", "home/workflows/parent.ts: parent"]);
    await it.folder.remove("home/workflows/child.ts");
    await it.library.reload();
    expect(it.files()).toEqual(['home/workflows/parent.ts: parent (parent.ts:6:38 There is no workflow "child".)']);
  });
});

describe("a folder that is watched", () => {
  test("shows what is saved, edited, broken, mended and deleted", async () => {
    await using it = await libraryStage({}, { watch: true });
    await it.library.start();
    await it.save({ "workflows/a.ts": `import { name } from "./lib/name.ts";\n${workflow("a", "description: name,")}`, "workflows/lib/name.ts": 'export const name = "one";' });
    await it.until(() => it.library.workflow("a")?.facts.description === "one");
    await it.save({ "workflows/lib/name.ts": 'export const name = "two";' });
    await it.until(() => it.library.workflow("a")?.facts.description === "two");
    await it.save({ "workflows/lib/name.ts": "export const name = ;" });
    await it.until(() => it.files()[0]!.includes("lib/name.ts:1:21"));
    expect(it.library.workflow("a")).toMatchObject({ version: 2, facts: { description: "two" } });
    await it.save({ "workflows/lib/name.ts": 'export const name = "three";' });
    await it.until(() => it.library.workflow("a")?.facts.description === "three");
    await it.folder.remove("home/workflows/a.ts");
    await it.until(() => it.library.workflow("a") === undefined);
    expect(it.events).toEqual(["strand.added a", "strand.edited a", "workflow.problems a", "strand.edited a", "workflow.problems a", "strand.removed a"]);
    expect(it.files()).toEqual([]);
  });

  test("tells of a broken file that is deleted, also of one that never loaded", async () => {
    await using it = await libraryStage({ "home/workflows/a.ts": "no TypeScript" }, { watch: true });
    await it.library.start();
    await it.until(() => it.files().length === 1);
    await it.folder.remove("home/workflows/a.ts");
    await it.until(() => it.files().length === 0);
    await it.library.stop();
    expect(it.events).toEqual(["workflow.problems null", "workflow.problems null"]);
  });

  test("settles after a file was renamed a hundred times in a second", async () => {
    await using it = await libraryStage({ "home/workflows/0.ts": workflow("a"), "home/workflows/b.ts": workflow("b") }, { watch: true });
    await it.library.start();
    for (let n = 0; n < 100; n += 1) {
      await rename(it.folder.at(`home/workflows/${n}.ts`), it.folder.at(`home/workflows/${n + 1}.ts`));
      // The pace is what is tried here.
      await systemClock.sleep(10);
    }
    await it.until(() => it.files().join() === "home/workflows/100.ts: a,home/workflows/b.ts: b");
    expect(it.events.filter((event) => event.endsWith(" b"))).toEqual(["strand.added b"]);
    expect(it.events.filter((event) => event.includes("problems"))).toEqual([]);
    expect(it.complaints).toEqual([]);
  });

  test("tells of a mistake once everybody can see it", async () => {
    const seen: string[][] = [];
    // However long a file takes, no time passes for it.
    const clock = new FakeClock();
    await using it: LibraryStage = await libraryStage({ "home/workflows/a.ts": thrown("a"), "home/workflows/b.ts": thrown("b") }, { clock, tell: async () => void seen.push(it.files()) });
    await it.library.start();
    expect(it.files()).toEqual([]);
    await clock.advance(DOUBT_MS);
    await it.until(() => it.files().length > 0);
    await it.library.stop();
    const both = [`home/workflows/a.ts:  (a.ts:9:7 ${NOT_TODAY})`, `home/workflows/b.ts:  (b.ts:9:7 ${NOT_TODAY})`];
    expect(seen).toEqual([both, both]);
  });

  test("may go and come back", async () => {
    await using it = await libraryStage({ "home/workflows/a.ts": workflow("a") }, { watch: true });
    await it.library.start();
    await rename(it.folder.at("home/workflows"), it.folder.at("home/aside"));
    await it.until(() => it.library.workflow("a") === undefined);
    await rename(it.folder.at("home/aside"), it.folder.at("home/workflows"));
    await it.until(() => it.library.workflow("a") !== undefined);
    await it.save({ "workflows/a.ts": named("a", "Back") });
    await it.until(() => nameOf(it, "a") === "Back");
  }, 30_000);
});
