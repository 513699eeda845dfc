import { createRequire, setSourceMapsSupport } from "node:module";
import { dirname } from "node:path";
import nodeTimers from "node:timers";
import type { PlainTimers } from "../clock/ownedTimers.ts";
import { isPackage, passOverOthers, resolvePackage } from "./packages.ts";

/** A bundle, as far as it takes to run it. */
export interface Runnable {
  /** One CommonJS script without its source map. */
  readonly code: string;
  /** The source map, as JSON; null: its own lines are the ones to show. */
  readonly map: string | null;
  /** Path of the entry. */
  readonly entry: string;
}

const timerNames = ["setTimeout", "setInterval", "setImmediate"] as const;
const names = ["exports", "require", "module", "__filename", "__dirname", ...timerNames] as const;
type Wrapper = (...values: readonly unknown[]) => void;

/**
 * Does what Node's own loader does for a CommonJS file, without its cache: nothing holds the module but its user.
 * @param hostModules modules that are answered here, by name
 * @param timers what the module gets in place of the plain ones
 * @returns what it exports
 */
export function evaluate(bundle: Runnable, hostModules: Readonly<Record<string, object>>, timers: PlainTimers = nodeTimers): unknown {
  // Only for those who need it: Node then looks for the map of every script that it loads.
  if (bundle.map !== null) setSourceMapsSupport(true, { nodeModules: false, generatedCode: true });
  passOverOthers();
  const fromNode = createRequire(bundle.entry);
  const ownTimers = { ...nodeTimers, ...timers };
  const answers: Readonly<Record<string, object>> = { ...hostModules, "node:timers": ownTimers, timers: ownTimers };
  // Also a name that the bundler has not seen, as it was made while the code ran, or in a script that was taken as it is.
  const require = (id: string): unknown => (Object.hasOwn(answers, id) ? answers[id] : fromNode(isPackage(id) ? packageFile(id, dirname(bundle.entry)) : id));
  const module = { exports: {} as unknown };
  compile(bundle)(module.exports, require, module, bundle.entry, dirname(bundle.entry), ...timerNames.map((name) => timers[name]));
  return module.exports;
}

function packageFile(name: string, fromFolder: string): string {
  const file = resolvePackage(name, fromFolder);
  if (file === null) throw new Error(`The package "${name}" is not installed`);
  return file;
}

/**
 * By eval, because V8 keeps the source of every script that is compiled in another way, `node:vm` included, in a cache
 * that it empties only when memory runs out. All that is added stands on the first line, so that the source map still
 * fits, and the code stands two functions deep, so that a module may have names like these.
 */
function compile({ code, map, entry }: Runnable): Wrapper {
  const mapLine = map === null ? "" : `//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString("base64")}\n`;
  // oxlint-disable-next-line no-eval -- trusted code of this node, and the reason is above
  const inGlobalScope = eval;
  const wrapper = `(function (${names.join(", ")}) { (() => { ${code}\n})(); })`;
  return inGlobalScope(`${wrapper}\n//# sourceURL=${entry}\n${mapLine}`) as Wrapper;
}
