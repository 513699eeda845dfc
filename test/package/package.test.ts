import { execFileSync, type ExecFileSyncOptions } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { makeFolder, type Folder } from "../support/folder.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";

// Each test starts real processes, which takes a starved machine half a minute each.
vi.setConfig({ testTimeout: 300_000 });

const repository = fileURLToPath(new URL("../..", import.meta.url));
const quiet: ExecFileSyncOptions = { stdio: ["ignore", "pipe", "inherit"] };

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

let folder: Folder;
let packed: Packed;
let installed: string;

beforeAll(async () => {
  folder = await makeFolder({ "package.json": '{ "private": true }' });
  const [answer] = JSON.parse(npm(repository, "pack", "--json", "--pack-destination", folder.path)) as [Packed];
  packed = answer;
  npm(folder.path, "install", "--no-audit", "--no-fund", join(folder.path, packed.filename));
  installed = folder.at("node_modules/loom-gateway");
  console.log(`${packed.filename}: ${kilobytes(packed.size)} packed, ${kilobytes(packed.unpackedSize)} unpacked, ${packed.files.length} files`);
}, 300_000);

afterAll(() => folder?.[Symbol.asyncDispose]());

test("the package holds JavaScript and declarations, and neither sources nor tests", () => {
  const paths = packed.files.map(({ path }) => path);
  expect(paths.filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"))).toEqual([]);
  expect(paths.filter((path) => /\.test\.|\/test\/|tsconfig/.test(path))).toEqual([]);
  expect(paths).toEqual(expect.arrayContaining(["README.md", "LICENSE", "CHANGELOG.md", "dist/core/cli/loom.js", "dist/core/index.d.ts", "dist/core/testing/index.d.ts", "dist/plugins/openclaw-cron-mirror/manifest.json", "dist/operations/http.cjs", "dist/workflows/example-retry.cjs", "dist/config/schema.json", "dist/public/index.html"]));
});

test("nobody who installs it is given a Node binary", () => {
  const names = readdirSync(folder.at("node_modules"));
  expect(names.filter((name) => name === "node" || name.startsWith("node-linux") || name === "@loom")).toEqual([]);
  expect(readdirSync(folder.at("node_modules/.bin"))).not.toContain("node");
});

test("it starts in an empty home, and its sign-in link opens a session", async () => {
  await using gateway = await GatewayProcess.start({ launcher: join(installed, "dist/core/cli/loom.js") });
  expect(await (await fetch(`${gateway.address}/healthz`)).json()).toEqual({ ok: true });
  expect((await fetch(gateway.address)).headers.get("content-type")).toMatch("text/html");

  const code = new URL(gateway.signInLink).hash.replace("#sign-in=", "");
  const signIn = (): Promise<Response> =>
    fetch(`${gateway.address}/api/loom/session`, { method: "POST", headers: { "content-type": "application/json", origin: gateway.address }, body: JSON.stringify({ code }) });
  const answer = await signIn();
  expect(answer.status).toBe(200);
  const { key } = (await answer.json()) as { key: string };
  const cookie = answer.headers.getSetCookie()[0]!.split(";")[0]!;
  const strands = await fetch(`${gateway.address}/api/loom/strands`, { headers: { cookie, "x-loom-key": key } });
  expect(strands.status).toBe(200);
  expect((await signIn()).status).toBe(401);

  const plugins = JSON.parse((await gateway.loom("plugins", "--json")).stdout) as { items: { id: string; error: unknown }[] };
  expect(plugins.items).toContainEqual(expect.objectContaining({ id: "openclaw-cron-mirror", error: null }));
});

test("a plugin in TypeScript is loaded by the installed gateway", async () => {
  const home = await makeFolder({
    "plugins/hello/manifest.json": JSON.stringify({ id: "hello", name: "Hello", version: "1.0.0", apiVersion: "^1.0.0" }),
    "plugins/hello/index.ts": `
      import { definePlugin, type PluginContext } from "loom-gateway";
      export default definePlugin({ setup(ctx: PluginContext) { ctx.strands.add({ id: "hello", name: "Say hello" }); } });`,
  });
  await using _home = home;
  await using gateway = await GatewayProcess.start({ home: home.path, launcher: join(installed, "dist/core/cli/loom.js") });
  await expect.poll(async () => (await gateway.all<{ name: string }>("/strands")).map(({ name }) => name)).toContain("Say hello");
});

test("what comes with it is live, and its requests are judged as they connect", async () => {
  const home = await makeFolder({
    "workflows/ask.ts": `
      import { defineWorkflow } from "loom-gateway";
      export const workflow = defineWorkflow({ id: "ask", name: "Ask", steps: [{ id: "ask", label: "ASK", operationId: "http.request", input: { url: "http://127.0.0.1:8080/" } }] });`,
  });
  await using _home = home;
  await using gateway = await GatewayProcess.start({ home: home.path, launcher: join(installed, "dist/core/cli/loom.js") });
  const ids = async (): Promise<string[]> => (await gateway.all<{ id: string }>("/strands")).map(({ id }) => id);
  await expect.poll(ids).toEqual(expect.arrayContaining(["ask", "mirror-resync", "history-retention", "gateway-backup", "example-retry", "example-follow"]));
  await gateway.loom("run", "ask", "--wait");
  const codes = async (): Promise<unknown[]> => (JSON.parse((await gateway.loom("runs", "ask", "--json")).stdout) as { items: { code: string | null }[] }).items.map(({ code }) => code);
  await expect.poll(codes).toEqual(["EGRESS_REFUSED"]);
});

test("the installed command lays down a home and checks it, with types where TypeScript is installed", async () => {
  await using home = await makeFolder();
  const loom = (...args: string[]): string => node(folder.path, join(installed, "dist/core/cli/loom.js"), "--home", home.path, ...args);
  loom("init");
  expect(loom("check")).toMatch(/hello\.ts {2}hello, 2 steps\nTypes were not checked, since there is no TypeScript: npm install --prefix /);
  mkdirSync(home.at("node_modules"));
  symlinkSync(join(repository, "node_modules/typescript"), home.at("node_modules/typescript"));
  expect(JSON.parse(loom("check", "--json"))).toMatchObject({ items: [], types: { checked: true } });
});

test("neither a checked nor a running file has compiled code in the folder for temporary files, where others may put theirs", async () => {
  const enabling = 'import { enableCompileCache } from "node:module";\nconst { message } = enableCompileCache();\n';
  await using temporary = await makeFolder();
  await using home = await makeFolder({
    "workflows/ask.ts": `${enabling}import { defineWorkflow } from "loom-gateway";
      export const workflow = defineWorkflow({ id: "ask", name: "Ask", steps: [{ id: "ask", label: "ASK", run: () => message }] });`,
    "node_modules/typescript/package.json": '{ "version": "5.9.3", "type": "module" }',
    "node_modules/typescript/bin/tsc": `${enabling}console.log("error TS5000: " + message);`,
  });
  await using gateway = await GatewayProcess.start({ home: home.path, launcher: join(installed, "dist/core/cli/loom.js"), env: { TMPDIR: temporary.path } });
  const disabled = "Disabled by NODE_DISABLE_COMPILE_CACHE";
  expect(JSON.parse((await gateway.loom("check", "ask", "--json")).stdout)).toMatchObject({ items: [{ message: `${disabled} (TS5000)` }] });
  await expect.poll(async () => (await gateway.all<{ id: string }>("/strands")).map(({ id }) => id)).toContain("ask");
  expect((await gateway.loom("run", "ask", "--wait")).code).toBe(0);
  expect(readdirSync(temporary.path)).toEqual([]);
});

test("the command tells the package's version", () => {
  const { version } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as { version: string };
  expect(node(folder.path, join(folder.path, "node_modules/.bin/loom"), "--version").trim()).toBe(version);
});

test("both entries can be imported, and their types are found", () => {
  writeFileSync(folder.at("use.mjs"), `import { definePlugin } from "loom-gateway"; import * as testing from "loom-gateway/testing"; console.log(typeof definePlugin, Object.keys(testing).length > 0);`);
  expect(node(folder.path, "use.mjs").trim()).toBe("function true");

  writeFileSync(folder.at("plugin.mts"), `import { definePlugin } from "loom-gateway"; import "loom-gateway/testing"; export default definePlugin({ setup(ctx) { ctx.strands.add({ id: "a", name: "A" }); } });`);
  const tsc = join(repository, "node_modules/typescript/bin/tsc");
  expect(node(folder.path, tsc, "--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--types", "", "plugin.mts")).toBe("");
});

function npm(cwd: string, ...args: string[]): string {
  return execFileSync("npm", [...args, "--loglevel=error"], { ...quiet, cwd, encoding: "utf8", shell: false }) as string;
}

function node(cwd: string, ...args: string[]): string {
  return execFileSync(process.execPath, args, { ...quiet, cwd, encoding: "utf8", env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env["PATH"]}` } }) as string;
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} kB`;
}
