import { defineWorkflow } from "loom-gateway";

/** What a scheduler failed to tell when it happened is found here, and its runs with it. */
export const workflow = defineWorkflow({
  id: "mirror-resync",
  name: "Mirror resync",
  description: "Looks at every mirrored scheduler as if for the first time, every five minutes, and imports what is missing.",
  schedule: { every: "5m" },
  steps: [
    { id: "jobs", label: "JOBS", executor: "mirror-look", timeoutMs: 60_000 },
    // A first import of years of runs takes longer, and goes on beside this.
    { id: "runs", label: "RUNS", dependsOn: ["jobs"], executor: "mirror-import", timeoutMs: 150_000 },
    { id: "write", label: "WRITE", dependsOn: ["runs"], executor: "mirror-count", timeoutMs: 60_000 },
  ],
});
