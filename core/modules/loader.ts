import { createOwnedTimers } from "../clock/ownedTimers.ts";
import type { Clock } from "../clock/clock.ts";
import { createBundler, type Bundle } from "./bundler.ts";
import { evaluate } from "./evaluate.ts";
import { LoadedPackages } from "./packages.ts";
import { evaluationError } from "./problems.ts";

export type { Bundle } from "./bundler.ts";

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
  /**
   * The first half of `load`: the bundle that `run` takes.
   * @throws LoomError MODULE_INVALID with `file:line:column` for each problem
   */
  bundle(entry: string, root: string): Promise<Bundle>;
  /**
   * The other half.
   * @throws LoomError MODULE_INVALID naming the line that threw
   */
  run(bundle: Bundle, options?: Omit<LoadOptions, "root">): LoadedModule;
  dispose(): Promise<void>;
}

export interface ModuleLoaderOptions {
  /** Modules that the running gateway answers itself, by name, wherever the importing file lies. */
  readonly hostModules: Readonly<Record<string, object>>;
  readonly clock: Clock;
  /** Whether source maps hold the sources themselves. Default false. */
  readonly sourcesInMap?: boolean;
}

/** A loader that has loaded nothing yet. */
export function createModuleLoader({ hostModules, clock, sourcesInMap = false }: ModuleLoaderOptions): ModuleLoader {
  const bundler = createBundler({ hostModules: Object.keys(hostModules), clock, sourcesInMap });
  const packages = new LoadedPackages();
  const run: ModuleLoader["run"] = (bundle, { run: call = (fn: () => void) => fn(), onTimerError } = {}) => {
    const restartNeeded = packages.stale(bundle.packages);
    const owned = createOwnedTimers((fn) => fire(fn, call, onTimerError));
    let exports: unknown;
    try {
      call(() => (exports = evaluate(bundle, hostModules, owned.timers)));
    } catch (error) {
      owned.stop();
      throw evaluationError(error, bundle.root);
    }
    return loaded(bundle, exports, restartNeeded, () => owned.stop());
  };
  return {
    bundle: (entry, root) => bundler.bundle(entry, root),
    run,
    load: async (entry, { root, ...options }) => run(await bundler.bundle(entry, root), options),
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
