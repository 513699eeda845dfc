import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { sourceCache } from "./core/ownFiles.ts";

/** Minutes of a real OpenClaw that is killed again and again: alone, after the others, so that neither makes the other late. */
const longRun = "test/fault/longRun.test.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Some of the tests, by a name for `--project`; a group begins when the one before has ended. */
const project = (name: string, groupOrder: number, include: string, exclude: string[] = []) => ({
  extends: true as const,
  test: { name, include: [include], exclude, sequence: { groupOrder } },
});

export default defineConfig({
  resolve: {
    alias: [
      { find: /^loom-gateway\/testing$/, replacement: here("core/testing/index.ts") },
      { find: /^loom-gateway$/, replacement: here("core/index.ts") },
    ],
  },
  test: {
    projects: [
      project("unit", 0, "{core,plugins,workflows,operations,public}/**/*.test.ts"),
      project("whole", 0, "test/**/*.test.ts", [longRun]),
      project("long run", 1, longRun),
    ],
    exclude: ["**/node_modules/**", "**/canary/**"],
    // Generous, for machines that are slow or busy: what waits for something ends as soon as it is there.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    restoreMocks: true,
    // V8 can lose count of its code pages where threads that run WebAssembly come and go, and ends the process then. Node takes
    // the types of each thread's files away with WebAssembly, so threads find them without types; the flag helps the first ones.
    env: { NODE_COMPILE_CACHE: sourceCache() },
    // Nothing of ours may need `__proto__`, which others switch off.
    execArgv: ["--no-memory-protection-keys", "--disable-proto=delete"],
    // Real components share two cores: more workers only make each other late.
    maxWorkers: 2,
  },
});
