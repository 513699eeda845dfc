import { readFileSync } from "node:fs";

/** A recorded answer of a real 2026.9.6 gateway. */
export function fixture(name: "cron.list" | "cron.runs.by-job"): any {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8"));
}
