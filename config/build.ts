/**
 * Makes `dist/`, what the published package holds: the repository's own layout with JavaScript in place of TypeScript,
 * type declarations of the public entries, and no tests. Few and small files start quicker and take less memory.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, globSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions, type Plugin } from "esbuild";
import { bundlePage } from "../core/http/page/bundle.ts";
import { noticesOf } from "./notices.ts";
import { vendored } from "./vendor.ts";

const repository = fileURLToPath(new URL("..", import.meta.url));
const dist = join(repository, "dist");

/** Files of core that something names by its path: the command, the package's entries, the threads. */
const ENTRIES = ["cli/main.ts", "index.ts", "main.ts", "testing/index.ts", "plugin/watchdogThread.ts", "store/sqlite/backupThread.ts", "store/sqlite/checkProcess.ts", "store/sqlite/readerThread.ts", "store/sqlite/writerThread.ts", "threads/threadMain.ts", "workflow/checkProcess.ts", "workflow/checkThread.ts", "workflow/isolate/host/hostMain.ts", "workflow/isolate/thread/threadMain.ts", "workflow/tscGuard.ts"];
/** These find files of their own beside their code. */
const LEFT_OUTSIDE = ["better-sqlite3", "esbuild", "loom-gateway", "pino-pretty"];

/** ws asks for these at once, for a client that speaks TLS. They are loaded when one of their exports is used. */
const LATE = ["https", "tls"];

/**
 * An `import` of a built-in module makes Node read all its exports, late ones too: that of node:http brings in a whole
 * HTTP client, 11 MB. Here only what is imported by name is asked for. Each file has a copy of its own, since shared ones
 * would come in many small chunks.
 */
const builtins: Plugin = {
  name: "builtins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ path, kind, importer }) => {
      if (!isBuiltin(path)) return null;
      return { path, namespace: kind === "require-call" ? "required" : "imported", suffix: `?${relative(repository, importer)}` };
    });
    onLoad({ filter: /./, namespace: "required" }, ({ path }) => ({
      contents: `module.exports = ${LATE.includes(path) ? `new Proxy({}, { get: (_, name) => ${asked(path)}[name] })` : asked(path)};`,
    }));
    onLoad({ filter: /./, namespace: "imported" }, ({ path }) => {
      const names = Object.keys(process.getBuiltinModule(path)!).filter((name) => name !== "default");
      return { contents: [`const all = ${asked(path)};`, "export default all;", ...names.map((name) => `export const ${name} = /* @__PURE__ */ (() => all.${name})();`)].join("\n") };
    });
  },
};

function asked(path: string): string {
  return `process.getBuiltinModule(${JSON.stringify(path)})`;
}

rmSync(dist, { recursive: true, force: true });
declareTypes();
const packed = [...(await bundleCore()), ...(await bundleShipped())];
await bundlePublic();
writeFileSync(join(dist, "NOTICES.md"), noticesOf([...packed, ...vendored.map((name) => `node_modules/${name}`)], repository));
// A fresh clone has no empty folders.
for (const folder of globSync(["core", "plugins", "workflows", "operations"], { cwd: repository })) {
  cpSync(join(repository, folder), join(dist, folder), { recursive: true, filter: isShipped });
}
cpSync(join(repository, "config"), join(dist, "config"), { recursive: true, filter: isSetting });

function declareTypes(): void {
  const { status } = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "config/tsconfig.types.json"], { cwd: repository, stdio: "inherit" });
  if (status !== 0) process.exit(1);
}

function bundleCore(): Promise<string[]> {
  return bundle({
    entryPoints: ENTRIES.map((file) => `core/${file}`),
    splitting: true,
    chunkNames: "core/chunks/[hash]",
    // Koa's packages want it in two versions; one table of file types is enough.
    alias: { "mime-db": "mime-db", "mime-types": "mime-types" },
    sourcemap: "external",
    sourcesContent: false,
    plugins: [builtins],
  });
}

/** Each becomes one file that the module loader takes as it is, with no more of its packages than it uses. */
function bundleShipped(): Promise<string[]> {
  const entryPoints = globSync(["plugins/*/index.ts", "{workflows,operations}/*.ts"], { cwd: repository, exclude: ["**/*.test.ts"] });
  return bundle({ entryPoints, format: "cjs", outExtension: { ".js": ".cjs" } });
}

async function bundlePublic(): Promise<void> {
  for (const [path, bytes] of await bundlePage(join(repository, "public"))) {
    const file = join(dist, "public", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
}

/** @returns the files that went in */
async function bundle(options: BuildOptions): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: repository,
    outbase: repository,
    outdir: dist,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    // Node keeps the text of all that it runs. Names stay, for those who read a stack.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    external: LEFT_OUTSIDE,
    metafile: true,
    logLevel: "warning",
    ...options,
  });
  return Object.keys(metafile!.inputs).filter((path) => existsSync(join(repository, path)));
}

/** Everything that is neither TypeScript nor a test. */
function isShipped(path: string): boolean {
  const parts = relative(repository, path).split("/");
  return !parts.some((part) => part === "test" || part === "canary" || part === "node_modules") && !/\.ts$|\.test\.[a-z]+$/.test(path);
}

function isSetting(path: string): boolean {
  const name = relative(join(repository, "config"), path);
  return name === "" || (name.endsWith(".json") && !name.startsWith("tsconfig") && !name.includes("/") && statSync(path).isFile());
}
