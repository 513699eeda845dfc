import { execFile, execFileSync } from "node:child_process";
import { cp, readdir, chmod, chown, lchown, mkdir, open, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { makeFolder } from "../../test/support/folder.ts";
import { systemClock } from "../clock/system.ts";
import type { LoomError } from "../errors/loomError.ts";
import { FakeClock } from "../testing/fakeClock.ts";
import { createModuleLoader } from "./loader.ts";

const host = { greet: (name: string) => `hello ${name}` };
const loader = createModuleLoader({ hostModules: { "loom-gateway": host }, clock: systemClock });
afterAll(() => loader.dispose());

const failure = (entry: string, root: string): Promise<LoomError> =>
  loader.load(entry, { root }).then(
    () => expect.fail("it loaded"),
    (error: LoomError) => error,
  );

describe("module loader", () => {
  it("runs a file with its helpers, JSON and import.meta of each file", async () => {
    await using folder = await makeFolder({
      "index.ts": `import { b } from "./sub/b.ts"; import data from "./data.json";
        export const found: unknown = [b, data.n, import.meta.filename];`,
      "sub/b.ts": "export const b = import.meta.dirname;",
      "data.json": '{"n": 7}',
    });
    const module = await loader.load(folder.at("index.ts"), { root: folder.path });
    expect(module.exports).toMatchObject({ found: [folder.at("sub"), 7, folder.at("index.ts")] });
    expect([...module.files].sort()).toEqual([folder.at("data.json"), folder.at("index.ts"), folder.at("sub/b.ts")]);
  });

  it("answers the host's modules itself, for import() too", async () => {
    await using folder = await makeFolder({
      "index.ts": 'import { greet } from "loom-gateway"; export const now = greet("you"); export const later = async () => (await import("loom-gateway")).greet("me");',
    });
    const { exports } = (await loader.load(folder.at("index.ts"), { root: folder.path })) as { exports: { now: string; later: () => Promise<string> } };
    expect([exports.now, await exports.later()]).toEqual(["hello you", "hello me"]);
  });

  it("passes over packages in a folder that others may write, also one above", async () => {
    await using folder = await makeFolder({
      "home/index.ts": 'import { z } from "zod"; export const found = typeof z.string;',
      "node_modules/zod/index.js": "exports.z = { string: 'theirs' };",
    });
    const home = folder.at("home");
    for (const mode of [0o777, 0o775]) {
      await chmod(folder.at("node_modules"), mode);
      expect((await loader.load(folder.at("home/index.ts"), { root: home })).exports).toMatchObject({ found: "function" });
    }
    await chmod(folder.at("node_modules"), 0o755);
    expect((await loader.load(folder.at("home/index.ts"), { root: home })).exports).toMatchObject({ found: "string" });
  });

  it("does so too for a name that is made while the code runs, and in a script that is taken as it is", async () => {
    await using folder = await makeFolder({
      "home/index.ts": 'export const found = async () => ((await import(["hel", "per"].join(""))) as { x: string }).x;',
      "home/plain.cjs": 'exports.found = async () => require("helper").x;',
      "node_modules/helper/index.js": "exports.x = 'theirs';",
    });
    const found = async (file: string): Promise<unknown> => ((await loader.load(folder.at(`home/${file}`), { root: folder.at("home") })).exports as { found(): Promise<unknown> }).found();
    await chmod(folder.at("node_modules"), 0o777);
    for (const file of ["index.ts", "plain.cjs"]) await expect(found(file)).rejects.toThrow('The package "helper" is not installed');
    await chmod(folder.at("node_modules"), 0o755);
    for (const file of ["index.ts", "plain.cjs"]) expect(await found(file)).toBe("theirs");
  });

  it("keeps packages themselves from what others have put above a home", async () => {
    await using folder = await makeFolder({
      "home/index.ts": 'import { found } from "asks"; export { found };',
      "home/node_modules/asks/index.js": 'exports.found = ["optional-one", "odd", "beside"].map((name) => { try { return require(name); } catch ({ code }) { return code; } });',
      "home/node_modules/odd/index.js": "module.exports = 'theirs';",
      "home/node_modules/beside/index.js": "module.exports = 'beside';",
      "node_modules/optional-one/index.js": "module.exports = 'theirs';",
    });
    const nobody = 65_534;
    for (const path of ["node_modules/optional-one", "home/node_modules/odd/index.js"]) await chown(folder.at(path), nobody, nobody);
    // The group of the folder is nobody that would be feared.
    await chmod(folder.at("home/node_modules/beside"), 0o775);
    expect((await loader.load(folder.at("home/index.ts"), { root: folder.at("home") })).exports).toMatchObject({ found: ["MODULE_NOT_FOUND", "MODULE_NOT_FOUND", "beside"] });
  });

  it("takes no folder of ours for a package because another user has put a link there", async () => {
    await using folder = await makeFolder({
      "home/index.ts": 'import { found } from "dep"; export { found };',
      "home/asks.cjs": 'exports.found = ["dep", "./beside"].map((name) => { try { return require(name).found; } catch ({ code, message }) { return code ?? message; } });',
      "home/beside": "exports.found = 'theirs';",
      "home/beside.js": "exports.found = 'ours';",
      "downloads/index.js": "exports.found = 'downloaded';",
    });
    const nobody = 65_534;
    await mkdir(folder.at("node_modules"));
    await symlink(folder.at("downloads"), folder.at("node_modules/dep"));
    const load = async (file: string): Promise<unknown> => ((await loader.load(folder.at(`home/${file}`), { root: folder.at("home") })).exports as { found: unknown }).found;
    expect(await load("index.ts")).toBe("downloaded");
    await lchown(folder.at("node_modules/dep"), nobody, nobody);
    await chown(folder.at("home/beside"), nobody, nobody);
    await expect(load("index.ts")).rejects.toThrow('The package "dep" is not installed');
    expect(await load("asks.cjs")).toEqual(['The package "dep" is not installed', "MODULE_NOT_FOUND"]);
  });

  it("opens no pipe that others have put where Node looks for packages: it would stand still for ever", async () => {
    await using folder = await makeFolder({
      "home/node_modules/asks/package.json": "{}",
      "home/node_modules/asks/index.js": 'try { exports.found = require("helper"); } catch ({ code }) { exports.found = code; }',
      "home/index.ts": 'export { b } from "./lib/b.ts"; export const a = 1;',
      "home/lib/b.ts": "export const b = 2;",
    });
    for (const path of ["node_modules/helper/package.json", "package.json"]) {
      await mkdir(dirname(folder.at(path)), { recursive: true });
      execFileSync("mkfifo", [folder.at(path)]);
      await chown(folder.at(path), 65_534, 65_534);
    }
    await chown(folder.at("node_modules/helper"), 65_534, 65_534);
    const says = async (): Promise<string> => {
      const script = `
        import { createRequire } from "node:module";
        import { passOverOthers, resolvePackage } from ${JSON.stringify(new URL("packages.ts", import.meta.url).href)};
        passOverOthers();
        const home = ${JSON.stringify(folder.at("home"))};
        console.log(resolvePackage("helper", home), resolvePackage("asks", home), createRequire(home + "/node_modules/asks/index.js")("./index.js").found);`;
      return (await promisify(execFile)(process.execPath, ["--conditions=loom-source", "--input-type=module", "-e", script], { timeout: 20_000, killSignal: "SIGKILL" })).stdout.trim();
    };
    expect(await says()).toBe("null null MODULE_NOT_FOUND");
    // Nor does the bundler, whatever it is that it would read of all folders above.
    for (const name of [".pnp.data.json", ".pnp.cjs", ".pnp.js", "tsconfig.json"]) execFileSync("mkfifo", [folder.at(name)]);
    expect((await loader.load(folder.at("home/index.ts"), { root: folder.at("home") })).exports).toEqual({ a: 1, b: 2 });
    // A home has its own, and what lies above it is not looked at for packages of the home.
    await folder.write({ "home/package.json": "{}" });
    expect(await says()).toBe(`null ${folder.at("home/node_modules/asks/index.js")} MODULE_NOT_FOUND`);
  });

  it("looks for the name of a package in no pipe that others have put above it", async () => {
    await using folder = await makeFolder({ "home/node_modules/nameless/index.js": "" });
    execFileSync("mkfifo", [folder.at("package.json")]);
    await chown(folder.at("package.json"), 65_534, 65_534);
    const script = `import { LoadedPackages } from ${JSON.stringify(new URL("packages.ts", import.meta.url).href)};
      console.log(new LoadedPackages().stale([${JSON.stringify(folder.at("home/node_modules/nameless/index.js"))}]).length);`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=loom-source", "--input-type=module", "-e", script], { timeout: 20_000, killSignal: "SIGKILL" });
    expect(stdout.trim()).toBe("0");
  });

  it("trusts whoever has installed Loom: what lies beside it is as much theirs as Loom itself", async () => {
    const [installer, other] = [12_345, 65_534];
    await using folder = await makeFolder({ "app/core/modules/asks.mjs": 'export const found = await Promise.all(["dep", "above"].map((name) => import(name).then(() => name, ({ code }) => code)));' });
    for (const file of ["modules/packages.ts", "writableByOthers.ts"]) await cp(new URL(`../${file}`, import.meta.url), folder.at(`app/core/${file}`));
    for (const path of ["app/node_modules/dep", "node_modules/above"]) await folder.write({ [`${path}/package.json`]: '{ "exports": "./i.mjs" }', [`${path}/i.mjs`]: "" });
    const own = async (path: string, uid: number): Promise<void> => {
      for (const name of ["", ...(await readdir(folder.at(path), { recursive: true }))]) await lchown(join(folder.at(path), name), uid, uid);
    };
    await own("app", installer);
    await own("node_modules", other);
    const script = `
      import { passOverOthers, resolvePackage } from ${JSON.stringify(folder.at("app/core/modules/packages.ts"))};
      passOverOthers();
      console.log(resolvePackage("dep") !== null, (await import(${JSON.stringify(folder.at("app/core/modules/asks.mjs"))})).found.join());`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], { cwd: "/", timeout: 20_000, killSignal: "SIGKILL" });
    expect(stdout.trim()).toBe("true dep,MODULE_NOT_FOUND");
  });

  it("waits for no file without end, and bundles the next", async () => {
    await using folder = await makeFolder({ "well.ts": "export const a = 1;" });
    execFileSync("mkfifo", [folder.at("pipe.ts")]);
    const clock = new FakeClock();
    const patient = createModuleLoader({ hostModules: {}, clock });
    const loaded = expect(patient.load(folder.at("pipe.ts"), { root: folder.path })).rejects.toMatchObject({ code: "MODULE_INVALID", message: `${folder.at("pipe.ts")} was not bundled within 20 s.` });
    // Opened for writing, it waits until somebody reads.
    const pipe = await open(folder.at("pipe.ts"), "w");
    await clock.advance(20_000);
    await loaded;
    await pipe.close();
    expect((await patient.load(folder.at("well.ts"), { root: folder.path })).exports).toEqual({ a: 1 });
    await patient.dispose();
  });

  it("finds packages from the file's folder first, then Loom's own", async () => {
    await using folder = await makeFolder({
      "index.ts": 'import own from "own-package"; import { z } from "zod"; export const found = [own, typeof z.string];',
      "node_modules/own-package/package.json": '{"name": "own-package", "main": "main.js"}',
      "node_modules/own-package/main.js": "module.exports = 'own';",
    });
    expect((await loader.load(folder.at("index.ts"), { root: folder.path })).exports).toMatchObject({ found: ["own", "function"] });
  });

  it.each([
    ["a syntax error", "export const a = 1;\nexport const = 2;\n", "index.ts:2:14", 'Expected identifier but found "="'],
    ["a missing file", 'export const a = 1;\nexport * from "./nothing.ts";\n', "index.ts:2:15", 'Could not resolve "./nothing.ts"'],
    ["a missing package", 'import x from "no-such-package";\nexport default x;\n', "index.ts:1:15", 'The package "no-such-package" is not installed'],
    ["the testing kit", 'import { FakeClock } from "loom-gateway/testing";\nexport default FakeClock;\n', "index.ts:1:27", '"loom-gateway/testing" is there in tests only; what Loom loads imports "loom-gateway"'],
    ["top-level await", "export const a = 1;\n\nawait a;\n", "index.ts:3:1", "Top-level await is not available here"],
  ])("names the place of %s", async (_what, source, path, message) => {
    await using folder = await makeFolder({ "index.ts": source });
    const error = await failure(folder.at("index.ts"), folder.path);
    expect(error.code).toBe("MODULE_INVALID");
    expect(error.problems[0]).toMatchObject({ path, message });
  });

  it("names every problem at once", async () => {
    await using folder = await makeFolder({ "index.ts": 'import "./a.ts";\nimport "./b.ts";\n' });
    expect((await failure(folder.at("index.ts"), folder.path)).problems.map((problem) => problem.path)).toEqual(["index.ts:1:8", "index.ts:2:8"]);
  });

  it("refuses an import that its file does not export, and a call that can only fail, but no types", async () => {
    await using folder = await makeFolder({
      "gone.ts": 'import { a } from "./none.ts";\nimport * as some from "./some.ts";\nexport const run = () => [a(), some.b];\n',
      "call.ts": 'import * as some from "./some.ts";\nexport const run = () => some();\n',
      "types.ts": 'import { T } from "./none.ts"; import * as some from "./some.ts"; export const t: T = some.a() as some.T;',
      "none.ts": "interface T { a: 1 }\nconst a = () => 1;",
      "some.ts": "export const a = () => 1;",
    });
    expect((await failure(folder.at("gone.ts"), folder.path)).problems).toMatchObject([
      { path: "gone.ts:1:10", message: 'Import "a" will always be undefined because the file "none.ts" has no exports' },
      { path: "gone.ts:3:37", message: 'Import "b" will always be undefined because there is no matching export in "some.ts"' },
    ]);
    expect((await failure(folder.at("call.ts"), folder.path)).problems).toMatchObject([{ path: "call.ts:2:26", message: expect.stringContaining("will crash at run-time") }]);
    expect((await loader.load(folder.at("types.ts"), { root: folder.path })).exports).toEqual({ t: 1 });
  });

  it("refuses symbolic links and imports that lead out of the folder", async () => {
    await using other = await makeFolder({ "secret.ts": "export const a = 1;" });
    await using folder = await makeFolder({ "index.ts": 'export * from "./link.ts";', "up.ts": `export * from "${other.at("secret.ts")}";` });
    await symlink(other.at("secret.ts"), folder.at("link.ts"));
    for (const entry of ["index.ts", "up.ts"]) {
      expect((await failure(folder.at(entry), folder.path)).message).toContain(`${other.at("secret.ts")} lies outside ${folder.path}`);
    }
  });

  it("refuses a script whose link leads out of the folder", async () => {
    await using other = await makeFolder({ "secret.cjs": "exports.a = 1;" });
    await using folder = await makeFolder();
    await symlink(other.at("secret.cjs"), folder.at("index.cjs"));
    expect((await failure(folder.at("index.cjs"), folder.path)).message).toContain(`${other.at("secret.cjs")} lies outside ${folder.path}`);
  });

  it("sees an edited helper in the next generation while the old one goes on", async () => {
    await using folder = await makeFolder({ "index.ts": 'export { n } from "./helper.ts";', "helper.ts": "export const n = 1;" });
    const load = () => loader.load(folder.at("index.ts"), { root: folder.path });
    const first = await load();
    await folder.write({ "helper.ts": "export const n = 2;" });
    const second = await load();
    expect([first.exports, second.exports]).toMatchObject([{ n: 1 }, { n: 2 }]);
    expect(first.hash).not.toBe(second.hash);
    first.dispose();
    expect(first.exports).toBeUndefined();
  });

  it("stops plain timers at dispose, and those begun afterwards never fire", async () => {
    await using folder = await makeFolder({
      "index.ts": `import { setInterval as again } from "node:timers";
        export const fired: string[] = [];
        export const late = () => setTimeout(() => fired.push("late"), 0);
        setInterval(() => fired.push("interval"), 1); again(() => fired.push("node:timers"), 1); setImmediate(() => fired.push("immediate"));`,
    });
    const module = await loader.load(folder.at("index.ts"), { root: folder.path });
    const { fired, late } = module.exports as { fired: string[]; late: () => void };
    module.dispose();
    late();
    const afterAllOthers = Promise.withResolvers<void>();
    systemClock.timer(3, afterAllOthers.resolve);
    await afterAllOthers.promise;
    expect(fired).toEqual([]);
  });

  it("tells what a timer throws", async () => {
    await using folder = await makeFolder({ "index.ts": 'setTimeout(() => { throw new Error("late"); }, 0);' });
    const thrown = Promise.withResolvers<unknown>();
    const module = await loader.load(folder.at("index.ts"), { root: folder.path, onTimerError: thrown.resolve });
    expect(await thrown.promise).toMatchObject({ message: "late" });
    module.dispose();
  });

  it("gives errors the file and line that their author wrote", async () => {
    await using folder = await makeFolder({
      "index.ts": 'import { check } from "./sub/check.ts";\n\nexport const run = () => check(1);\n',
      "sub/check.ts": "interface Reason { why: string }\n\nexport function check(n: number): Reason {\n  throw new Error(`no ${n}`);\n}\n",
      "early.ts": 'const early: string = "now";\nthrow new Error(early);\n',
    });
    // In a process of its own: the test runner puts its own words into stacks.
    const script = `
      import { createModuleLoader } from ${JSON.stringify(new URL("loader.ts", import.meta.url).href)};
      import { systemClock } from ${JSON.stringify(new URL("../clock/system.ts", import.meta.url).href)};
      const loader = createModuleLoader({ hostModules: {}, clock: systemClock });
      const load = (file) => loader.load(${JSON.stringify(folder.path)} + file, { root: ${JSON.stringify(folder.path)} });
      const late = await load("/index.ts").then(({ exports }) => exports.run()).catch((error) => error.stack);
      const early = await load("/early.ts").catch((error) => error.problems);
      console.log(JSON.stringify({ late, early }));
      await loader.dispose();`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
    const { late, early } = JSON.parse(stdout) as { late: string; early: unknown };
    expect(late).toContain(`${folder.at("sub/check.ts")}:4:9`);
    expect(early).toEqual([{ path: "early.ts:2:7", message: "It threw while it was loaded: now" }]);
  });

  it("lets a module have names like those of the timers", async () => {
    await using folder = await makeFolder({ "index.ts": "export const setTimeout = 1; export const module = 2;" });
    expect((await loader.load(folder.at("index.ts"), { root: folder.path })).exports).toMatchObject({ setTimeout: 1, module: 2 });
  });

  it("says which package needs a restart when it changed after it was loaded", async () => {
    await using folder = await makeFolder({
      "index.ts": 'import v from "own-package"; export const found = v;',
      "node_modules/own-package/package.json": '{"name": "own-package", "version": "1.0.0"}',
      "node_modules/own-package/index.js": "module.exports = 1;",
    });
    const load = () => loader.load(folder.at("index.ts"), { root: folder.path });
    expect((await load()).restartNeeded).toEqual([]);
    expect((await load()).restartNeeded).toEqual([]);
    await folder.write({ "node_modules/own-package/package.json": '{"name": "own-package", "version": "1.0.10"}' });
    expect((await load()).restartNeeded).toEqual(["own-package"]);
  });
});
