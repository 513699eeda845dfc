import { createRequire, setSourceMapsSupport } from "node:module";
import { dirname } from "node:path";
import nodeTimers from "node:timers";
import { createOwnedTimers, type PlainTimers } from "../clock/ownedTimers.ts";
import type { Clock } from "../clock/clock.ts";
import { createBundler, type Bundle } from "./bundler.ts";
import { LoadedPackages } from "./packages.ts";
import { evaluationError } from "./problems.ts";

export interface LoadedModule {
  /** What the file exports; undefined once disposed. */
  readonly exports: unknown;
  /** Real paths of the files that went in. */
  readonly files: readonly string[];
  /** SHA-256 of the bundled code. */
  readonly hash: string;
  /** Packages and native add-ons that changed on disk after this process loaded them: only a restart takes them in. */
  readonly restartNeeded: readonly string[];
  /** Stops the module's plain timers and lets go of its code. */
  dispose(): void;
}

export interface LoadOptions {
  /** The folder that all its files must lie in. */
  readonly root: string;
  /** Runs the module's code, when it is loaded and in its plain timers. Default: just calls it. */
  readonly run?: (fn: () => void) => void;
  /** Hears what a plain timer's callback throws. Default: nobody catches it. */
  readonly onTimerError?: (error: unknown) => void;
}

/** The one way in for TypeScript from outside: plugins, operations and workflows. */
export interface ModuleLoader {
  /**
   * Bundles a file with its own folder's files and runs it. Each call is a generation of its own, beside the old ones.
   * @throws LoomError MODULE_INVALID with `file:line:column` for each problem
   */
  load(entry: string, options: LoadOptions): Promise<LoadedModule>;
  dispose(): Promise<void>;
}

export interface ModuleLoaderOptions {
  /** Modules that the running gateway answers itself, by name, wherever the importing file lies. */
  readonly hostModules: Readonly<Record<string, object>>;
  readonly clock: Clock;
}

/** A loader that has loaded nothing yet. */
export function createModuleLoader({ hostModules, clock }: ModuleLoaderOptions): ModuleLoader {
  const bundler = createBundler({ hostModules: Object.keys(hostModules), clock });
  const packages = new LoadedPackages();
  return {
    async load(entry, { root, run = (fn) => fn(), onTimerError }) {
      const bundle = await bundler.bundle(entry, root);
      const restartNeeded = packages.stale(bundle.packages);
      const owned = createOwnedTimers((fn) => fire(fn, run, onTimerError));
      let exports: unknown;
      try {
        run(() => (exports = evaluate(bundle, owned.timers, hostModules)));
      } catch (error) {
        owned.stop();
        throw evaluationError(error, bundle.root);
      }
      return loaded(bundle, exports, restartNeeded, () => owned.stop());
    },
    dispose: () => bundler.dispose(),
  };
}

/** Apart, so that nothing in it holds the bundle's text. */
function loaded({ files, hash }: Bundle, made: unknown, restartNeeded: readonly string[], stop: () => void): LoadedModule {
  let exports = made;
  return {
    get exports() {
      return exports;
    },
    files,
    hash,
    restartNeeded,
    dispose() {
      stop();
      exports = undefined;
    },
  };
}

function fire(fn: () => void, run: (fn: () => void) => void, onError: ((error: unknown) => void) | undefined): void {
  if (!onError) return run(fn);
  try {
    run(fn);
  } catch (error) {
    onError(error);
  }
}

const timerNames = ["setTimeout", "setInterval", "setImmediate"] as const;
const names = ["exports", "require", "module", "__filename", "__dirname", ...timerNames] as const;
type Wrapper = (...values: readonly unknown[]) => void;

/** Does what Node's own loader does for a CommonJS file, without its cache: nothing holds the module but its user. */
function evaluate(bundle: Bundle, timers: PlainTimers, hostModules: Readonly<Record<string, object>>): unknown {
  // Only for those who need it: Node then looks for the map of every script that it loads.
  if (bundle.map !== null) setSourceMapsSupport(true, { nodeModules: false, generatedCode: true });
  const fromNode = createRequire(bundle.entry);
  const ownTimers = { ...nodeTimers, ...timers };
  const answers: Readonly<Record<string, object>> = { ...hostModules, "node:timers": ownTimers, timers: ownTimers };
  const require = (id: string): unknown => (Object.hasOwn(answers, id) ? answers[id] : fromNode(id));
  const module = { exports: {} as unknown };
  compile(bundle)(module.exports, require, module, bundle.entry, dirname(bundle.entry), ...timerNames.map((name) => timers[name]));
  return module.exports;
}

/**
 * By eval, because V8 keeps the source of every script that is compiled in another way, `node:vm` included, in a cache
 * that it empties only when memory runs out. All that is added stands on the first line, so that the source map still
 * fits, and the code stands two functions deep, so that a module may have names like these.
 */
function compile({ code, map, entry }: Bundle): Wrapper {
  const mapLine = map === null ? "" : `//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString("base64")}\n`;
  // oxlint-disable-next-line no-eval -- trusted code of this node, and the reason is above
  const inGlobalScope = eval;
  const wrapper = `(function (${names.join(", ")}) { (() => { ${code}\n})(); })`;
  return inGlobalScope(`${wrapper}\n//# sourceURL=${entry}\n${mapLine}`) as Wrapper;
}
