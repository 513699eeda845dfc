import * as z from "zod";
import type { Json } from "../../mirror/contract.ts";
import { stepFailures, type StepFailure } from "./contract.ts";
import { fromLine } from "./lines.ts";
import type { FromHost, FromThread } from "./messages.ts";
import { MOST_OF_NAME } from "./thread/clip.ts";

/** One line of a host: its own (`thread` null), or one of a thread that it hands on. */
export type HostLine = { readonly thread: null; readonly message: FromHost } | { readonly thread: number; readonly message: FromThread };

const number = z.int().min(1);
const words = z.string();
/** And the `…` of one that was cut. */
const name = z.string().max(MOST_OF_NAME + 1);
const json = z.unknown().refine((value) => value !== undefined).transform((value) => value as Json);
const why = z.enum(["asked", "unstarted", "exited", "threw", "heap", "memory", "blocked"]);

const ofHost: z.ZodType<FromHost> = z.discriminatedUnion("is", [
  z.strictObject({ is: z.literal("threadEnded"), thread: number, why, message: words }),
  z.strictObject({ is: z.literal("stuck"), thread: number, why, message: words }),
  z.strictObject({ is: z.literal("swept"), call: number, found: z.int().min(0) }),
  z.strictObject({ is: z.literal("worn") }),
  z.strictObject({ is: z.literal("pong") }),
]);

const call = number;
const ofThread: z.ZodType<FromThread> = z.discriminatedUnion("is", [
  z.strictObject({ is: z.literal("began"), call }),
  z.strictObject({ is: z.literal("log"), call, level: z.enum(["debug", "info", "warn", "error"]), message: words, fields: json }),
  z.strictObject({ is: z.literal("output"), call, stream: z.enum(["stdout", "stderr"]), text: words }),
  z.strictObject({ is: z.literal("phase"), call, name, to: z.enum(["running", "completed", "failed"]) }),
  z.strictObject({ is: z.literal("progress"), call, fraction: z.number().min(0).max(1) }),
  z.strictObject({ is: z.literal("hands"), call, artifact: number, bytes: z.int().min(0) }),
  z.strictObject({ is: z.literal("artifact"), call, artifact: number, name, kind: z.enum(["text", "bytes", "json"]), piece: words, last: z.boolean() }),
  z.strictObject({ is: z.literal("done"), call, spawned: z.boolean(), data: words }),
  z.strictObject({ is: z.literal("failed"), call, spawned: z.boolean(), code: z.enum(Object.keys(stepFailures) as [StepFailure, ...StepFailure[]]), message: words, stack: words.nullable() }),
  z.strictObject({ is: z.literal("worn"), call }),
]);

/**
 * Takes a line of a host apart. Workflow code can write to the same pipe, by mistake too: what is no line of ours may have
 * swallowed one, such as the end of a step.
 * @throws for anything but what a host or its threads say
 */
export function readHostLine(line: string): HostLine {
  const { thread, json } = fromLine(line);
  if (!/^(0|[1-9]\d{0,14}) /.test(line)) throw new Error("a line of no thread");
  const said: unknown = JSON.parse(json);
  return thread === 0 ? { thread: null, message: ofHost.parse(said) } : { thread, message: ofThread.parse(said) };
}
