import { defineWorkflow } from "loom-gateway";

/** To restore one: stop Loom, `loom restore FILE`, start Loom. */
export const workflow = defineWorkflow({
  id: "gateway-backup",
  name: "Gateway backup",
  description: "Copies Loom's database into LOOM_HOME/backups once a day, checks the copy, and keeps keep.backups (7), the last of each day before any other.",
  schedule: "40 3 * * *",
  // A machine that sleeps at night does it in the morning.
  misfire: "once",
  steps: [
    { id: "copy", label: "COPY", executor: "backup-copy", timeoutMs: 3_600_000, retries: 2, backoff: { initialMs: 60_000 } },
    // Not before there is a new one.
    { id: "tidy", label: "TIDY", dependsOn: ["copy"], executor: "backup-tidy", timeoutMs: 60_000 },
  ],
});
