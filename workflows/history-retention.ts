import { defineWorkflow } from "loom-gateway";

/** How much is kept is said in `config.json`: `keep.runDays`, `keep.mirroredRunDays` and `keep.auditDays`. */
export const workflow = defineWorkflow({
  id: "history-retention",
  name: "History retention",
  description: "Forgets runs, with their outputs and artifacts, and commands that are older than keep.runDays (90), once a day. Runs of mirrored jobs are kept for ever, unless keep.mirroredRunDays says otherwise, and the audit log for keep.auditDays (365). Then the room that they took is given back to the disk.",
  schedule: "20 3 * * *",
  // A machine that sleeps at night does it in the morning.
  misfire: "once",
  steps: [
    { id: "runs", label: "RUNS", executor: "prune-runs", timeoutMs: 3_600_000, retries: 2 },
    { id: "commands", label: "COMMANDS", dependsOn: ["runs"], executor: "prune-commands", retries: 2 },
    { id: "audit", label: "AUDIT", dependsOn: ["commands"], executor: "prune-audit", retries: 2 },
    { id: "space", label: "SPACE", dependsOn: ["audit"], executor: "shrink-database", timeoutMs: 3_600_000, retries: 2 },
  ],
});
