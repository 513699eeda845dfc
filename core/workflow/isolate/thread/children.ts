import childProcess from "node:child_process";
import { syncBuiltinESMExports } from "node:module";
import { MARKER } from "../marker.ts";

/** What a new process has to know of where it comes from. Asked for each one. */
export type Origin = () => string;

type SyncName = "spawnSync" | "execSync" | "execFileSync";
interface SpawnOptions {
  envPairs?: string[];
}

/**
 * Sees to it that every process that this thread starts carries the marker of the call that starts it, also one with an
 * environment of its own.
 */
export function markChildren(origin: Origin): void {
  const prototype = childProcess.ChildProcess.prototype as unknown as { spawn(options: SpawnOptions): unknown };
  const spawn = prototype.spawn;
  prototype.spawn = function (this: unknown, options) {
    const others = (options.envPairs ?? []).filter((pair) => !pair.startsWith(`${MARKER}=`));
    return spawn.call(this, { ...options, envPairs: [...others, `${MARKER}=${origin()}`] });
  };
  for (const name of ["spawnSync", "execSync", "execFileSync"] satisfies SyncName[]) markSync(name, origin);
  syncBuiltinESMExports();
}

/** These hand their environment over as it is: the thread's own copy, or one among their options. */
function markSync(name: SyncName, origin: Origin): void {
  const module = childProcess as unknown as Record<SyncName, (...args: unknown[]) => unknown>;
  const original = module[name];
  module[name] = function (this: unknown, ...args) {
    const before = process.env[MARKER];
    const value = origin();
    process.env[MARKER] = value;
    try {
      return original.apply(this, args.map((arg) => withMarker(arg, value)));
    } finally {
      process.env[MARKER] = before;
    }
  };
}

function withMarker(arg: unknown, value: string): unknown {
  const env = typeof arg === "object" && arg !== null && "env" in arg ? arg.env : undefined;
  return env ? { ...(arg as object), env: { ...env, [MARKER]: value } } : arg;
}
