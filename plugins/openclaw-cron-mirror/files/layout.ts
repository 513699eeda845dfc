/** Where an older OpenClaw keeps its cron, and how to tell that a state folder is such a one's. */
import { dirname, join } from "node:path";
import { isOlder } from "../versions.ts";

/** The files of OpenClaw before 2026.5.28. */
export interface CronFiles {
  readonly folder: string;
  readonly jobs: string;
  /** Only 2026.4.20 and later. */
  readonly state: string;
  /** A log for each job. */
  readonly runs: string;
}

/** @param store the path of `jobs.json`, where openclaw.json names another one (`cron.store`) */
export function cronFiles(stateFolder: string, store: string | undefined): CronFiles {
  const jobs = store ?? join(stateFolder, "cron", "jobs.json");
  return { folder: dirname(jobs), jobs, state: jobs.replace(/(\.json)?$/, "-state.json"), runs: join(dirname(jobs), "runs") };
}

/** What can be known of a folder's release while no gateway answers. */
export interface Signs {
  /** The version in `meta` of openclaw.json: who wrote that file last. */
  readonly lastTouchedVersion: string | undefined;
  readonly hasJobs: boolean;
  readonly hasState: boolean;
  /** `state/openclaw.sqlite`, to which later releases move the jobs. */
  readonly hasDatabase: boolean;
}

/**
 * Whether a folder is surely that of an older release, so that its files are the truth. Where it may also be that of a
 * newer one whose gateway is just down, the answer is no: then the source is stale, as it should be. Pure.
 */
export function isSurelyOlder({ lastTouchedVersion, hasJobs, hasState, hasDatabase }: Signs): boolean {
  if (!hasJobs || hasDatabase) return false;
  // 2026.4.20 to 2026.5.28 lay their files out in the same way; those before keep the state with the jobs.
  return lastTouchedVersion === undefined ? !hasState : isOlder(lastTouchedVersion);
}
