import { createHash } from "node:crypto";
import { readFile, realpath } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { dirname, isAbsolute, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import type { BuildFailure, BuildResult, Loader, OutputFile, Plugin } from "esbuild";
import type { Clock, Timer } from "../clock/clock.ts";
import { within } from "../clock/within.ts";
import { LoomError } from "../errors/loomError.ts";
import { resolvePackage } from "./packages.ts";
import { bundleError } from "./problems.ts";
import { resolveFile } from "./resolveFile.ts";

/** The bundler's process is stopped after this long without work: it holds memory and is back within 20 ms. */
const IDLE_MS = 10_000;

/** What takes longer waits for something that may never come, such as a pipe that nobody writes to: the bundler's process is ended with it. */
const LONGEST_MS = 20_000;

export interface Bundle {
  /** One CommonJS script without its source map. */
  readonly code: string;
  /** The source map, as JSON; null: its own lines are the ones to show. */
  readonly map: string | null;
  /** Real path of the entry. */
  readonly entry: string;
  /** Real path of the folder that every file lies in. */
  readonly root: string;
  /** Real paths of the files that went in. */
  readonly files: readonly string[];
  /** Files of npm packages and native add-ons that stay outside. */
  readonly packages: readonly string[];
  /** SHA-256 of `code`. */
  readonly hash: string;
}

export interface Bundler {
  /**
   * Puts a TypeScript file and the files of its folder that it imports into one script. A `.cjs` file is such a script
   * already, and is taken as it is.
   * @throws LoomError MODULE_INVALID naming file, line and column
   */
  bundle(entry: string, root: string): Promise<Bundle>;
  dispose(): Promise<void>;
}

export interface BundlerOptions {
  /** Names that stay in the script as they are, because the loader answers them. */
  readonly hostModules: readonly string[];
  readonly clock: Clock;
  /** Whether the source map holds the sources themselves. Default false. */
  readonly sourcesInMap?: boolean;
}

export function createBundler(options: BundlerOptions): Bundler {
  let working = 0;
  let idle: Timer | undefined;

  async function bundle(entryFile: string, rootFolder: string): Promise<Bundle> {
    const [entry, root] = await Promise.all([real(entryFile), real(rootFolder)]);
    const packages = new Set<string>();
    const result = await build(entry, root, [resolver(root, options.hostModules, packages), sources(root)]);
    const [map, script] = [text(result.outputFiles, ".map"), text(result.outputFiles, ".cjs")];
    return {
      code: script,
      map,
      entry,
      root,
      files: Object.keys(result.metafile.inputs).map((file) => join(root, file)),
      packages: [...packages],
      hash: hashOf(script),
    };
  }

  async function build(entry: string, root: string, plugins: Plugin[]) {
    const { build } = await import("esbuild");
    return (await build({
      entryPoints: [entry],
      outfile: join(dirname(entry), "bundle.cjs"),
      absWorkingDir: root,
      bundle: true,
      write: false,
      metafile: true,
      format: "cjs",
      platform: "node",
      target: "node24",
      // import() becomes require, so that the loader answers it too.
      supported: { "dynamic-import": false },
      sourcemap: "external",
      sourcesContent: options.sourcesInMap ?? false,
      tsconfigRaw: {},
      define: { "import.meta.url": "__loomFile.url", "import.meta.filename": "__loomFile.filename", "import.meta.dirname": "__loomFile.dirname" },
      logLevel: "silent",
      // Warnings by default, and then a file goes live that fails as it runs.
      logOverride: { "import-is-undefined": "error", "call-import-namespace": "error" },
      plugins,
    }).catch((error: BuildFailure) => {
      throw bundleError(error.errors ?? [], error);
    })) as BuildResult<{ metafile: true }> & { outputFiles: OutputFile[] };
  }

  async function end(): Promise<void> {
    await (await import("esbuild")).stop();
  }

  async function stop(): Promise<void> {
    if (working === 0) await end();
  }

  return {
    async bundle(entry, root) {
      if (entry.endsWith(".cjs")) return asItIs(entry, root);
      idle?.cancel();
      working += 1;
      try {
        return await within(options.clock, LONGEST_MS, () => tooLong(entry), (signal) => {
          signal.addEventListener("abort", () => void end(), { once: true });
          return bundle(entry, root);
        });
      } finally {
        working -= 1;
        idle?.cancel();
        idle = options.clock.timer(IDLE_MS, () => void stop());
      }
    },
    async dispose() {
      if (!idle) return;
      idle.cancel();
      await stop();
    },
  };
}

function tooLong(entry: string): LoomError {
  return new LoomError("MODULE_INVALID", `${entry} was not bundled within ${LONGEST_MS / 1_000} s.`, { help: "See that all that it imports are files that can be read." });
}

async function asItIs(entryFile: string, rootFolder: string): Promise<Bundle> {
  const [entry, root] = await Promise.all([real(entryFile), real(rootFolder)]);
  if (isOutside(entry, root)) throw new LoomError("MODULE_INVALID", `${entry} lies outside ${root}.`);
  const code = await readFile(entry, "utf8");
  return { code, map: null, entry, root, files: [entry], packages: [], hash: hashOf(code) };
}

async function real(path: string): Promise<string> {
  return realpath(path).catch((cause: unknown) => {
    throw new LoomError("MODULE_INVALID", `${path} cannot be read.`, { cause });
  });
}

function hashOf(code: string): string {
  return createHash("sha256").update(code).digest("hex");
}

function text(files: readonly OutputFile[], ending: string): string {
  return files.find((file) => file.path.endsWith(ending))?.text ?? "";
}

/**
 * Leaves host modules, Node's own modules, npm packages and native add-ons outside, and finds all other files itself: what the bundler is
 * asked it looks for with what lies in all folders above.
 */
function resolver(root: string, hostModules: readonly string[], packages: Set<string>): Plugin {
  const outside = (path: string) => {
    packages.add(path);
    return { path, external: true };
  };
  return {
    name: "loom-resolve",
    setup(build) {
      build.onResolve({ filter: /./ }, ({ path, kind }) => (kind === "entry-point" ? { path } : null));
      build.onResolve({ filter: /^[^./]/ }, ({ path, resolveDir }) => {
        if (hostModules.includes(path) || isBuiltin(path)) return { path, external: true };
        const host = hostModules.find((name) => path.startsWith(`${name}/`));
        if (host) return { errors: [{ text: `"${path}" is there in tests only; what Loom loads imports "${host}"` }] };
        const file = resolvePackage(path, resolveDir);
        return file ? outside(file) : { errors: [{ text: `The package "${path}" is not installed` }] };
      });
      build.onResolve({ filter: /^\..*\.node$/ }, ({ path, resolveDir }) => outside(join(resolveDir, path)));
      build.onResolve({ filter: /^[./]/ }, async ({ path, resolveDir }) => {
        const file = await resolveFile(path, resolveDir);
        return file === null ? { errors: [{ text: `Could not resolve "${path}"` }] } : { path: file };
      });
    },
  };
}

const loaders: Readonly<Record<string, Loader>> = { ts: "ts", mts: "ts", cts: "ts", tsx: "tsx", js: "js", mjs: "js", cjs: "js", jsx: "jsx" };

/** @param path real path */
function isOutside(path: string, root: string): boolean {
  const inside = relative(root, path);
  return inside.startsWith("..") || isAbsolute(inside);
}

/** Refuses files outside the folder (symbolic links are followed first) and gives each file its own `import.meta`. */
function sources(root: string): Plugin {
  return {
    name: "loom-sources",
    setup(build) {
      build.onLoad({ filter: /./ }, async ({ path }) => {
        if (isOutside(path, root)) return { errors: [{ text: `${path} lies outside ${root}`, location: null }] };
        const loader = loaders[path.slice(path.lastIndexOf(".") + 1)];
        if (!loader) return null;
        const source = await readFile(path, "utf8");
        return { contents: source.includes("import.meta") ? withFile(path, source) : source, loader };
      });
    },
  };
}

/** On the first line, so that the lines keep their numbers. */
function withFile(path: string, source: string): string {
  const file = { url: pathToFileURL(path).href, filename: path, dirname: dirname(path) };
  return `const __loomFile = ${JSON.stringify(file)}; ${source}`;
}
