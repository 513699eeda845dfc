import * as z from "zod";
import { strandStatuses } from "../registry/strandStatus.ts";
import { changeKinds, commandStatuses, freshnesses, missCauses, occurrenceStatuses, runStatuses, stepStatuses } from "../store/statuses.ts";
import { artifact, attempt, problem, time, woven } from "./workflowSchemas.ts";

export * from "./workflowSchemas.ts";

/**
 * The shapes of the API. The same schemas validate requests, type the services and the command line, and generate
 * /openapi.json. Times are ISO 8601 in UTC, durations milliseconds.
 */

export const runStatus = z.enum(runStatuses);
const stepStatus = z.enum(stepStatuses);
export const strandStatus = z
  .enum(strandStatuses)
  .describe("The first that holds, in this order. `failed` stays until somebody acknowledges it.");
export const freshness = z.enum(freshnesses);

export const trigger = z.object({
  kind: z.enum(["cron", "every", "at", "manual", "event", "unknown"]),
  text: z.string().describe("The schedule in plain English"),
  zone: z.string().nullable().describe("IANA zone of the schedule"),
  expression: z.string().nullable().describe("As its owner wrote it"),
});

export const action = z.object({
  allowed: z.boolean(),
  reason: z.string().nullable().describe("Why not, in words"),
});

const missCause = z.enum(missCauses);
export const occurrenceStatus = z.enum(occurrenceStatuses);

export const occurrence = z.object({
  strandId: z.string(),
  dueAt: time,
  status: occurrenceStatus,
  cause: missCause.nullable(),
  causeText: z.string().nullable().describe("The cause in words"),
  runId: z.string().nullable().describe("The run that met it"),
  graceMs: z.number().describe("How late it may be before it is missed"),
  judgedAt: time.nullable(),
  acknowledged: z.object({ at: time, by: z.string() }).nullable(),
});

export const change = z.object({
  id: z.string(),
  strandId: z.string(),
  kind: z.enum(changeKinds),
  fromVersion: z.number().int().nullable(),
  version: z.number().int(),
  fields: z.array(z.string()).describe("What differs in the definition"),
  seenAt: time,
  by: z.string().nullable().describe("Who made it, where that is told"),
  acknowledged: z.object({ at: time, by: z.string() }).nullable(),
});

export const version = z.object({
  version: z.number().int(),
  name: z.string(),
  description: z.string().nullable(),
  command: z.string().nullable(),
  trigger,
  definition: z.record(z.string(), z.unknown()),
  seenAt: time,
  by: z.string().nullable(),
});

export const runTick = z.object({
  id: z.string(),
  status: runStatus,
  red: z.boolean().describe("Failed, or with a failed step, whatever the status says"),
  acknowledged: z.boolean(),
  startedAt: time,
  finishedAt: time.nullable(),
});

export const recentRuns = z.object({ strandId: z.string(), runs: z.array(runTick).describe("The newest twenty, newest first") });

export const step = z.object({
  id: z.string(),
  label: z.string(),
  operationId: z.string().nullable(),
  dependsOn: z.array(z.string()).describe("Ids of the steps of a workflow that have to be done before"),
  shares: z.array(z.string()).describe("What it shares with steps of other strands, such as a model: `model:gpt-5`"),
  status: stepStatus.nullable().describe("In the newest run; null: it never ran"),
  reason: z.string().nullable(),
  items: z.object({ all: z.number().int(), done: z.number().int(), failed: z.number().int() }).optional().describe("How far the newest run is through the step's list; left out where it has none, or one too long to be counted here"),
  phases: z.array(z.object({ name: z.string(), status: stepStatus })).optional().describe("The phases of the step in the newest run, the first twelve; left out where it has none"),
});

export const strand = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  command: z.string().nullable(),
  kind: z.enum(["woven", "mirrored"]),
  source: z.object({ plugin: z.string(), instance: z.string(), label: z.string() }).nullable(),
  node: z.object({ id: z.string(), name: z.string() }),
  system: z.boolean().describe("The scheduler made this job for itself"),
  trigger,
  enabled: z.boolean(),
  disabledReason: z.string().nullable(),
  status: strandStatus,
  freshness,
  nextRunAt: time.nullable(),
  nextRunBy: z.enum(["owner", "computed"]).nullable().describe("Who says so: the job's owner, or Loom's own reckoning"),
  lastRun: runTick.nullable(),
  activeRun: z
    .object({
      id: z.string(),
      startedAt: time,
      stepId: z.string().nullable(),
      stuckAt: time.nullable().describe("Since when it has been running for too long; null: it has not"),
      stuckFrom: time.describe("When it will be running for too long: after three times its usual longest, at least an hour"),
    })
    .nullable(),
  redRuns: z.number().int().describe("Red runs that nobody has acknowledged; 10000 means 10000 or more"),
  missed: z
    .object({ count: z.number().int().describe("10000 means 10000 or more"), lastDueAt: time, cause: missCause.nullable(), causeText: z.string() })
    .nullable()
    .describe("Firings that did not happen and that nobody has acknowledged"),
  changes: z.array(change).describe("How its definition changed since somebody acknowledged that, newest first"),
  goneAt: time.nullable().describe("Its owner has not had it since; it stays on the page until that is acknowledged"),
  done: z.boolean().describe("It was to run once, and has"),
  backoffUntil: time.nullable().describe("Its owner holds it back until then, after errors"),
  schedulerOn: z.boolean().describe("False: its scheduler as a whole is switched off, nothing fires"),
  recent: z.array(runTick).describe("The newest runs, newest first, at most 20"),
  steps: z.array(step),
  can: z.object({ setEnabled: action, run: action }),
  firingsWhileOff: z.string().nullable().describe("What its owner makes of firings that fall while it is off"),
  paused: z.object({ since: time, by: z.string() }).nullable().describe("Held still by a person; of workflows, for a mirrored strand see `/api/loom/pause`"),
  woven: woven.nullable().describe("What a workflow has that a mirrored strand has not"),
});

export const firing = z.object({ at: time, by: z.enum(["owner", "computed"]), note: z.string().nullable() });

/** In a list the newest runs can be left out. */
export const listedStrand = strand.partial({ recent: true });

export const strandDetail = strand.extend({
  firings: z.array(firing).describe("The next, and those of the coming ten years, at most ten"),
  definition: z.record(z.string(), z.unknown()).describe("The job as its owner keeps it"),
  sourceHealth: z.object({ freshness, since: time, lastGoodReadAt: time.nullable(), message: z.string().nullable(), help: z.string().nullable() }).nullable(),
  commands: z.array(z.lazy(() => command)).describe("What was asked of it last, newest first"),
  firstSeenAt: time,
  editedAt: time,
  version: z.number().int().describe("Number of the definition; the earlier ones are at `/versions`"),
  grace: z.object({ ms: z.number(), by: z.enum(["rule", "person"]) }).describe("How late a firing may be before it is missed"),
  p95Ms: z.number().nullable().describe("How long nearly all of its last runs took"),
  inputSchema: z.record(z.string(), z.unknown()).nullable().describe("JSON Schema of what a run may be started with, where it is known"),
  inputDefault: z.unknown().describe("What a run without an input gets"),
});

export const run = z.object({
  id: z.string(),
  strandId: z.string(),
  trigger: z.string(),
  triggerBy: z.string().nullable(),
  status: runStatus,
  code: z.string().nullable(),
  error: z.string().nullable(),
  red: z.boolean(),
  acknowledged: z.object({ at: time, by: z.string() }).nullable(),
  node: z.object({ id: z.string(), name: z.string() }),
  queuedAt: time.nullable().describe("When a workflow's run came to be"),
  startedAt: time.describe("Of one that is queued: when it came to be"),
  finishedAt: time.nullable(),
  durationMs: z.number().nullable(),
  version: z.number().int().nullable().describe("The version of its workflow that it runs by; null: it is no workflow's"),
  rerunOf: z.string().nullable().describe("The run that it does again"),
  startedBy: z.object({ runId: z.string(), step: z.string() }).nullable().describe("The step whose work it is"),
  summary: z.record(z.string(), z.unknown()).nullable(),
});

export const stepRun = z.object({
  id: z.string().describe("`step`, `step[3]` for an item of its `each`, `step/phase`, `step[3]/phase`"),
  parent: z.string().nullable().describe("The row that it is a part of: of an item its step, of a phase its step or item"),
  label: z.string(),
  status: stepStatus,
  reason: z.string().nullable(),
  node: z.object({ id: z.string(), name: z.string() }),
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  durationMs: z.number().nullable(),
  exitCode: z.number().nullable(),
  outputTail: z.string().nullable(),
  outputBytes: z.number().nullable().describe("How long the whole output was"),
  outputKeptBytes: z.number().nullable().describe("How much of it is kept; `/api/loom/runs/:id/steps/:step/output` gives it, and says what is missing"),
  error: z.string().nullable(),
  code: z.string().nullable().describe("Why its last attempt failed"),
  attempt: z.number().int().nullable().describe("Which attempt it is at, from 1; null for steps of mirrored strands"),
  retryAt: time.nullable(),
  waitsFor: z.string().nullable().describe("Why it is not started although it could be, in words"),
  progress: z.number().nullable().describe("How far it is, 0 to 1, where it tells"),
  result: z.unknown(),
});

export const runDetail = run.extend({
  steps: z.array(stepRun).describe("With the items and phases of each"),
  versionNow: z.number().int().nullable().describe("The one that a new run would get"),
  input: z.unknown().describe("What it was started with"),
  attempts: z.array(attempt),
  artifacts: z.array(artifact),
});

export const command = z.object({
  id: z.string(),
  strandId: z.string(),
  kind: z.enum(["enable", "disable", "reset", "run"]).describe("`reset`: the file of a woven strand says again whether it is on"),
  status: z.enum(commandStatuses),
  by: z.string(),
  reason: z.string().nullable(),
  expectedWaitMs: z.number().nullable().describe("Where the owner limits its writes; of a refused command, how long to wait before asking again"),
  runId: z.string().nullable().describe("Of a `run`, once the run is recorded"),
  askedAt: time,
  sentAt: time.nullable(),
  settledAt: time.nullable(),
});

export const source = z.object({
  id: z.string(),
  plugin: z.string(),
  instance: z.string(),
  label: z.string(),
  node: z.object({ id: z.string(), name: z.string() }),
  version: z.string().nullable(),
  freshness,
  since: time,
  lastGoodReadAt: time.nullable(),
  schedulerOn: z.boolean(),
  message: z.string().nullable(),
  help: z.string().nullable(),
  strands: z.number().int(),
});

export const node = z.object({
  id: z.string(),
  name: z.string(),
  hostname: z.string(),
  platform: z.string(),
  version: z.string(),
  capabilities: z.array(z.string()),
  cpuCores: z.number(),
  memGb: z.number(),
  startedAt: time,
  lastHeartbeatAt: time,
  self: z.boolean().describe("The node that answers"),
});

export const notice = z.object({ level: z.enum(["info", "warning", "error"]), title: z.string(), lines: z.array(z.string()) });

export const plugin = z.object({
  id: z.string(),
  name: z.string(),
  version: z.string().nullable(),
  description: z.string().nullable(),
  state: z.enum(["discovered", "rejected", "setting_up", "active", "setup_error", "quarantined", "disabled", "stopping", "stopped", "failed_unload"]),
  root: z.enum(["shipped", "package", "home"]),
  overrides: z.string().nullable().describe("The root whose plugin of the same id it takes the place of"),
  generation: z.number().int(),
  error: z.object({ code: z.string(), message: z.string(), problems: z.array(z.object({ path: z.string(), message: z.string(), mend: z.string().nullable() })) }).nullable(),
  notice: notice.nullable(),
  warnings: z.array(z.string()).describe("Leaks, restarts needed, deprecations"),
  provides: z.object({
    sources: z.number(),
    strands: z.number(),
    executors: z.array(z.string()),
    operations: z.array(z.string()),
    routes: z.array(z.string()),
    services: z.array(z.string()),
  }),
  permissions: z.array(z.string()),
  widgets: z.array(z.object({ id: z.string(), title: z.string() })),
});

export const gateway = z.object({
  name: z.literal("loom"),
  version: z.string(),
  node: z.object({ id: z.string(), name: z.string() }),
  feed: z.string().describe("Names the numbering of events"),
  startedAt: time,
  hostZone: z.string().describe("IANA zone of the node"),
  store: z.object({
    ok: z.boolean(),
    trouble: z.object({ code: z.string(), message: z.string(), help: z.string(), since: time }).nullable().describe("Why not everything can be stored or read"),
  }),
});

export const event = z.object({
  seq: z.number().int(),
  at: time,
  type: z.string(),
  strandId: z.string().nullable(),
  runId: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
});

export const problemDetails = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string().describe("Stable; see docs/errors.md"),
  detail: z.string(),
  help: z.string(),
  instance: z.string().describe("Id of this answer, to be found in the log"),
  problems: z.array(problem).optional(),
  retryAfterMs: z.number().optional(),
});

/** An id that Loom has given out. That of a mirrored strand holds its source's, and its job's of up to 512 characters. */
export const givenId = z.string().max(1_000);

export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  // In base64url, which takes a path of 4096 bytes too.
  cursor: z.string().max(6_000).optional(),
});

export const page = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().nullable() });

export type StrandView = z.infer<typeof strand>;
export type StrandDetail = z.infer<typeof strandDetail>;
export type RunView = z.infer<typeof run>;
export type RunDetail = z.infer<typeof runDetail>;
export type StepRunView = z.infer<typeof stepRun>;
export type CommandView = z.infer<typeof command>;
export type SourceView = z.infer<typeof source>;
export type NodeView = z.infer<typeof node>;
export type PluginView = z.infer<typeof plugin>;
export type GatewayView = z.infer<typeof gateway>;
export type OccurrenceView = z.infer<typeof occurrence>;
export type ChangeView = z.infer<typeof change>;
export type VersionView = z.infer<typeof version>;
export type EventView = z.infer<typeof event>;
