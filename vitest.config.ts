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
    exclude: ["**/node_modules/**", "**/canary/**"],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    // Real components share two cores: more workers only make each other late.
    maxWorkers: 2,
  },
});
