/** `cron/jobs.json` and `cron/jobs-state.json` as rows of jobs, in the form in which a gateway would list them. Pure. */
import { MOST_JOBS } from "loom-gateway";
import { HEAVIEST, weigh } from "../weight.ts";
import { integer, record, text, type Wire } from "../wire.ts";

/** An ordinary job has some forty. */
const MOST_VALUES = 50 * MOST_JOBS;

/** The text is no such file: cut off in the middle, empty, or of another make. */
export class NotAJobsFile extends Error {}

/**
 * Joins the two files. Until 2026.4.15 a job's state lies in `jobs.json` itself, later in a file of its own.
 * @param jobsText what `jobs.json` holds
 * @param stateText what `jobs-state.json` holds; null: there is none
 * @param most jobs that are taken in
 * @throws NotAJobsFile
 */
export function readJobs(jobsText: string, stateText: string | null, most = MOST_JOBS): Wire[] {
  const jobs = versionOne(jobsText, "jobs.json").jobs;
  if (!Array.isArray(jobs)) throw new NotAJobsFile("jobs.json holds no list of jobs");
  if (jobs.length > most) throw new NotAJobsFile(`jobs.json holds more than ${most} jobs`);
  const states = stateText === null ? null : record(versionOne(stateText, "jobs-state.json").jobs);
  return jobs.map(record).map((job) => withState(job, states));
}

function withState(job: Wire, states: Wire | null): Wire {
  const id = text(job.id);
  if (states === null || id === undefined || !Object.hasOwn(states, id)) return job;
  const { state, updatedAtMs } = record(states[id]);
  return { ...job, state, ...(integer(updatedAtMs) !== undefined && { updatedAtMs }) };
}

function versionOne(content: string, name: string): Wire {
  if (weigh(content, MOST_VALUES) > HEAVIEST) throw new NotAJobsFile(`${name} holds more than Loom takes in`);
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    throw new NotAJobsFile(content.trim() === "" ? `${name} is empty` : `${name} is not whole`);
  }
  const file = record(value);
  if (file.version !== 1) throw new NotAJobsFile(`${name} is of a kind that Loom does not know`);
  return file;
}
