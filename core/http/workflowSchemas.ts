import * as z from "zod";
import type { StepNews } from "../run/contract.ts";
import { pausedStates } from "../run/pause/contract.ts";

/** Shapes of what Loom's own strands have besides: their files, their runs' attempts and outputs, and pauses. */

export const time = z.iso.datetime().describe("ISO 8601 in UTC");

/** Something that is wrong, where, and how to mend it. */
export const problem = z.object({ path: z.string(), message: z.string(), mend: z.string().optional() });

export const woven = z.object({
  file: z.string().describe("Path of its file"),
  shipped: z.boolean().describe("It comes with Loom"),
  enabledInFile: z.boolean().describe("What the file says; a person's switch goes before it"),
  overridden: z.boolean().describe("A person has switched it, `loom enable --reset` follows the file again"),
  input: z.enum(["none", "optional", "needed"]).describe("Whether a run is started with an input"),
  misfire: z.enum(["skip", "once", "all"]).describe("What becomes of firings that fell while it could not run, or was off and is switched on with `makeUp`"),
  startedBy: z.array(z.enum(["after", "webhook"])).describe("What starts it besides its schedule, each kind once"),
  problems: z.array(problem).describe("Why its file as it is on the disk is not what runs; empty: it is"),
});

export const attempt = z.object({
  step: z.string().describe("Id of a row of `steps`"),
  attempt: z.number().int(),
  status: z.string(),
  code: z.string().nullable(),
  error: z.string().nullable(),
  node: z.object({ id: z.string(), name: z.string() }),
  startedAt: time,
  finishedAt: time.nullable(),
});

export const artifact = z.object({
  step: z.string(),
  name: z.string(),
  kind: z.enum(["text", "bytes", "json"]),
  bytes: z.number().int(),
  createdAt: time,
});

/** What became of asking for a run. */
export const runAnswer = z.object({
  runId: z.string(),
  outcome: z.enum(["started", "queued", "skipped", "duplicate"]),
  reason: z.string().nullable().describe("Why it was skipped"),
});

/** What is not kept of an output. */
export const outputGap = z
  .object({
    from: z.number().int().describe("The first byte that is missing"),
    to: z.number().int().describe("The first byte after that which is kept"),
    lines: z.number().int().describe("How many lines end in between; 0 where nobody has counted them"),
  })
  .nullable()
  .describe("What is not kept; null: nothing");

export const outputPart = z.object({
  from: z.number().int().describe("Where `text` begins, in bytes of the whole; later than asked where that is not kept"),
  text: z.string(),
  bytes: z.number().int().describe("How long the whole is so far"),
  missing: outputGap,
});

export const outputLines = z.object({
  lines: z.array(
    z.object({
      number: z.number().int().describe("From 1, counted from the beginning, or of a mirrored job's output from that of what is kept"),
      at: z.number().int().describe("Where it begins, in bytes of the whole"),
      text: z.string().describe("At most 500 characters of it"),
    }),
  ),
  more: z.boolean().describe("There are more than `limit`"),
  missing: outputGap,
});

export const workflowFile = z.object({
  path: z.string(),
  root: z.enum(["shipped", "home", "named"]),
  holds: z.array(z.object({ kind: z.enum(["workflow", "operation"]), id: z.string(), live: z.boolean().describe("False where another file has the id") })),
  problems: z.array(problem).describe("Why what is on the disk is not live; empty: it is"),
  loadedAt: time.nullable().describe("When what is live was loaded; null: never"),
});

export const filePatch = z.object({
  path: z.string(),
  patch: z.string().nullable().describe("What differs, as a unified patch; null: they differ too much to tell"),
});

export const pauseReport = z.object({
  everything: z.object({ since: time, by: z.string() }).nullable().describe("Null: not everything is paused"),
  strands: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      state: z
        .enum(pausedStates)
        .describe(
          "`pausing` and `resuming` wait for its owner; `refused`: the owner would not; `left_out`: a scheduler's own job, which goes on; `new`: it came during the pause and goes on; `changed`: somebody has changed it since, so it was left as it is",
        ),
      scope: z.enum(["strand", "everything"]).describe("What was paused"),
      since: time,
      by: z.string(),
      reason: z.string().nullable(),
    }),
  ),
  queue: z.object({ waiting: z.number().int(), expectedWaitMs: z.number().nullable() }).describe("Owners that are still to be asked, and how long that takes"),
});

/** What the feed tells of a run that is watched. */
export type StepNewsView = StepNews;
export type WovenView = z.infer<typeof woven>;
export type AttemptView = z.infer<typeof attempt>;
export type ArtifactView = z.infer<typeof artifact>;
export type RunAnswerView = z.infer<typeof runAnswer>;
export type OutputPart = z.infer<typeof outputPart>;
export type OutputLines = z.infer<typeof outputLines>;
export type WorkflowFileView = z.infer<typeof workflowFile>;
export type FilePatch = z.infer<typeof filePatch>;
export type PauseView = z.infer<typeof pauseReport>;
