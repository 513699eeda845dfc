import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^loom-gateway\/testing$/, replacement: here("core/testing/index.ts") },
      { find: /^loom-gateway$/, replacement: here("core/index.ts") },
    ],
  },
  test: {
    include: ["{core,plugins,workflows,operations,public,test}/**/*.test.ts"],
    // The long random run takes minutes and is asked for by its seed: `LOOM_TEST_SEED=104 npm test -- test/fault/longRun`.
    exclude: ["**/node_modules/**", "**/canary/**", ...(process.env["LOOM_TEST_SEED"] === undefined ? ["test/fault/longRun.test.ts"] : [])],
    // Generous, for machines that are slow or busy: what waits for something ends as soon as it is there.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    restoreMocks: true,
    // V8 can lose count of its code pages where threads come and go (a failed check of `jit_page`), but only while it guards
    // them with the processor's protection keys.
    execArgv: ["--no-memory-protection-keys"],
    // Real components share two cores: more workers only make each other late.
    maxWorkers: 2,
  },
});
