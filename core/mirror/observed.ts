import * as z from "zod";
import { brief } from "../brief.ts";
import { messageOf } from "../errors/loomError.ts";
import { DEEPEST, isTooDeep } from "../jsonShape.ts";
import type { Turns } from "../turns.ts";
import type { Answer, FiringsWhileOff, Json, ObservedJob, RunPage, Snapshot } from "./contract.ts";
import { MOST_JOBS } from "./mostJobs.ts";
import { SourceProblem } from "./problem.ts";

/**
 * What adapters give, as shapes: types, limits, and words cut to a length that a page can show. TypeScript holds an
 * author to the contract only where they write TypeScript, and a foreign scheduler may say anything.
 */

/** Most characters of JSON that one job's definition, one run's summary or one step's result may have. */
const MOST_JSON = 1_048_576;
const MOST_STEPS = 100;
/** Characters of an error: the store keeps fewer. */
const LONGEST_ERROR = 5_000;
/** So many runs may one page hold. */
const MOST_RUNS = 1_000;
const MOST_SHARES = 10;
/** In milliseconds since 1970: the end of the year 9999, far enough from the last moment that a date can show to add a length of time to it. */
const LAST_MOMENT = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Half a pair of UTF-16 is stored as another character, so that two ids could become one. */
const id = z.string().min(1).max(512).refine((text) => text.isWellFormed(), "not well-formed");
const moment = z.number().min(-LAST_MOMENT).max(LAST_MOMENT).transform(Math.trunc);
/** Whole milliseconds: the store takes no others. */
const duration = z.number().min(0).max(LAST_MOMENT).transform(Math.ceil);
const words = (most: number) => z.string().transform((text) => (text.length <= most ? text : cut(text, most)));
/** A copy, so that nothing of the adapter's can change or throw later. */
const json = z.unknown().transform((value, check): Json => {
  try {
    const text = JSON.stringify(value);
    if (text.length > MOST_JSON) check.addIssue(`longer than ${MOST_JSON} characters of JSON`);
    else if (isTooDeep(text)) check.addIssue(`more than ${DEEPEST} levels deep`);
    else return JSON.parse(text) as Json;
  } catch {
    check.addIssue("not JSON");
  }
  return z.NEVER;
});
const jsonObject = json.refine((value) => typeof value === "object" && value !== null && !Array.isArray(value), "not an object");
const differentIds = (steps: readonly { readonly id: string }[]): boolean => new Set(steps.map((step) => step.id)).size === steps.length;

const schedule = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("cron"), expression: words(1_000), zone: words(100), zoneIsHost: z.boolean().optional(), staggerMs: duration.optional() }),
  z.object({ kind: z.literal("every"), everyMs: duration, anchorMs: moment.optional(), drifts: z.boolean().optional() }),
  z.object({ kind: z.literal("at"), atMs: moment, zone: words(100).optional() }),
  z.object({ kind: z.literal("manual") }),
  z.object({ kind: z.enum(["event", "unknown"]), what: words(1_000) }),
]);

const job = z.object({
  id,
  name: words(500),
  description: words(10_000).optional(),
  command: words(10_000).optional(),
  enabled: z.boolean(),
  disabledReason: words(1_000).optional(),
  system: z.boolean().optional(),
  schedule,
  steps: z
    .array(z.object({ id, label: words(200), operationId: words(200).optional(), shares: z.array(words(200)).max(MOST_SHARES).optional() }))
    .max(MOST_STEPS)
    .refine(differentIds, "two steps have the same id"),
  nextRunAt: moment.nullish(),
  running: z.object({ key: id, startedAt: moment }).nullish(),
  historyMark: z.string().max(1_000).nullable(),
  newestRun: id.optional(),
  notBefore: moment.optional(),
  by: words(200).optional(),
  leavesByItself: z.boolean().optional(),
  definition: jsonObject,
});

/** Counted before any is read, which is done one by one. */
const jobs = z.array(z.unknown()).max(MOST_JOBS);
const version = words(100).optional();
const snapshot = z.object({
  version,
  revision: z.string().max(1_000).optional(),
  schedulerOn: z.boolean().optional(),
  jobs,
  departed: jobs.optional(),
});
type Counted = Omit<Exclude<Snapshot, { readonly unchanged: true }>, "jobs" | "departed"> & { readonly jobs: readonly unknown[]; readonly departed?: readonly unknown[] };
const unchanged = z.object({ unchanged: z.literal(true), version });

const run = z.object({
  key: id,
  ownerRunId: id.optional(),
  trigger: z.enum(["schedule", "manual", "unknown"]),
  status: z.enum(["succeeded", "failed", "skipped", "cancelled"]),
  code: words(100).optional(),
  error: words(LONGEST_ERROR).optional(),
  startedAt: moment,
  finishedAt: moment,
  steps: z
    .array(
      z.object({
        id,
        status: z.enum(["completed", "failed", "skipped"]),
        reason: words(1_000).optional(),
        startedAt: moment.optional(),
        finishedAt: moment.optional(),
        exitCode: z.int().optional(),
        error: words(LONGEST_ERROR).optional(),
        output: z.string().optional(),
        outputBytes: z.int().min(0).optional(),
        result: json.optional(),
      }),
    )
    .max(MOST_STEPS),
  summary: jsonObject.optional(),
});

/** Counted before any is read, too. */
const runs = z.array(z.unknown()).max(MOST_RUNS).pipe(z.array(run));
const runPage = z.object({ runs, next: z.string().max(10_000).nullable() });

const kindsOfSchedule = ["cron", "every", "at", "manual", "event", "unknown"] as const;
const firingsWhileOff = z.partialRecord(z.enum(kindsOfSchedule), words(1_000));

const answer = z.discriminatedUnion("accepted", [
  z.object({ accepted: z.literal(true), ownerRunId: id.optional() }),
  z.object({ accepted: z.literal(false), reason: words(1_000), retryAfterMs: duration.optional() }),
]);

/** A copy: to V8 a piece of a string is a view of the whole, which stays in memory with it. */
function cut(text: string, most: number): string {
  return JSON.parse(JSON.stringify(brief(text, most))) as string;
}

/**
 * Others have their turn between the jobs.
 * @throws SourceProblem `incompatible`, naming what is wrong and where: it holds for the source as a whole
 */
export async function readSnapshot(given: unknown, turns: Pick<Turns, "pass">): Promise<Snapshot> {
  const same = (given as { readonly unchanged?: unknown } | null | undefined)?.unchanged === true;
  try {
    if (same) return read<Snapshot>("snapshot", unchanged, given);
    const { jobs, departed, ...rest } = read<Counted>("snapshot", snapshot, given);
    return {
      ...rest,
      jobs: await readJobs("jobs", jobs, turns),
      ...(departed && { departed: await readJobs("departed", departed, turns) }),
    };
  } catch (error) {
    throw new SourceProblem("incompatible", messageOf(error), { help: "The plugin has to be mended; docs/plugins.md tells what a source gives.", cause: error });
  }
}

async function readJobs(field: string, given: readonly unknown[], turns: Pick<Turns, "pass">): Promise<ObservedJob[]> {
  const all: ObservedJob[] = [];
  for (const [at, one] of given.entries()) {
    all.push(read<ObservedJob>("snapshot", job, one, [field, at]));
    await turns.pass();
  }
  return all;
}

/** @throws Error naming what is wrong and where */
export function readRunPage(given: unknown): RunPage {
  return read<RunPage>("page of runs", runPage, given);
}

/** @throws Error naming what is wrong and where */
export function readAnswer(given: unknown): Answer {
  return read<Answer>("answer", answer, given);
}

/** Words that are not what they should be are left out: a page without them is better than a source without a page. */
export function readFiringsWhileOff(given: unknown): FiringsWhileOff {
  return (firingsWhileOff.safeParse(given ?? {}).data ?? {}) as FiringsWhileOff;
}

/** @param within where it lies in what was given */
function read<T>(what: string, schema: z.ZodType, given: unknown, within: readonly PropertyKey[] = []): T {
  const result = schema.safeParse(given);
  if (result.success) return result.data as T;
  const [first, ...others] = result.error.issues;
  const path = [...within, ...first!.path];
  const place = path.length > 0 ? `${path.join(".")}: ` : "";
  const more = others.length > 0 ? `, and ${others.length} more` : "";
  throw new Error(`The plugin's ${what} is not what Loom can take in: ${place}${first!.message}${more}`);
}
