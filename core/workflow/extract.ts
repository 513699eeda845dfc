import { isDeepStrictEqual } from "node:util";
import { muchLater } from "../clock/muchLater.ts";
import type { Problem } from "../errors/loomError.ts";
import { isTooDeep } from "../jsonShape.ts";
import type { Json, JsonObject } from "../mirror/contract.ts";
import type { StandardSchema } from "../plugin/standardSchema.ts";
import type { MisfirePolicy } from "../run/machine/misfire.ts";
import { defaultOverlap, type OverlapPolicy } from "../run/machine/overlap.ts";
import { stepDefaults } from "../run/machine/plan.ts";
import type { OperationSpec, StepSpec, WorkflowSpec } from "./contract.ts";
import type { InputFacts, OperationFacts, StepDoes, StepFacts, WorkflowFacts } from "./facts.ts";
import { withoutInput } from "./noInput.ts";
import { readSchedule } from "./schedule.ts";

/** Of an input's default and of its schema, in bytes of JSON: what is known of a workflow is in memory more than once. */
const MOST_BYTES = 65_536;
/** Of everything else that a workflow says of itself: each page that is open gets it with each change of the strand. */
const MOST_BYTES_BESIDE = 524_288;

/**
 * What a workflow is as data, its defaults filled in.
 * @param spec without problems: `validateWorkflow` found none
 * @param hostZone IANA name; where the author names no zone
 */
export async function workflowFacts(spec: WorkflowSpec, hostZone: string): Promise<WorkflowFacts> {
  const { id, name, description, schedule, triggers, enabled, input, requires, defaultHost, concurrency, misfire, steps } = spec;
  const read = schedule === undefined ? null : readSchedule(schedule, hostZone);
  return {
    id,
    name,
    description: description ?? null,
    schedule: read && "schedule" in read ? read.schedule : { kind: "manual" },
    triggers: triggers ?? [],
    enabled: enabled ?? true,
    input: await inputFacts(input),
    requires: requires ?? [],
    defaultHost: defaultHost ?? null,
    overlap: overlapOf(spec),
    keyed: concurrency?.key !== undefined,
    misfire: misfireOf(misfire),
    steps: steps.map(stepFacts),
  };
}

/** What is wrong with facts that are too long to be shown. */
export function tooMuch(facts: WorkflowFacts): Problem[] {
  const bytes = Buffer.byteLength(JSON.stringify({ ...facts, input: null }));
  if (bytes <= MOST_BYTES_BESIDE) return [];
  return [{ path: "steps", message: `Its steps and what they depend on and require are ${bytes} bytes of JSON.`, mend: `Have less than ${MOST_BYTES_BESIDE}: fewer steps, or fewer that each depends on.` }];
}

/** The same of an operation. */
export async function operationFacts({ id, label, description, input, afterCrash }: OperationSpec): Promise<OperationFacts> {
  return { id, label, description: description ?? null, input: await inputFacts(input), afterCrash: afterCrash ?? "retry" };
}

function overlapOf({ overlap, concurrency }: WorkflowSpec): OverlapPolicy {
  const keyed = concurrency?.key !== undefined;
  return {
    ...defaultOverlap,
    onOverlap: overlap ?? defaultOverlap.onOverlap,
    limit: concurrency?.runs ?? (keyed ? null : defaultOverlap.limit),
    limitPerKey: keyed ? (concurrency.runsPerKey ?? 1) : null,
  };
}

function misfireOf(misfire: WorkflowSpec["misfire"] = "skip"): MisfirePolicy {
  return typeof misfire === "string" ? { kind: misfire } : { kind: "all", most: misfire.all };
}

function stepFacts(step: StepSpec): StepFacts {
  return {
    id: step.id,
    label: step.label,
    does: doesOf(step),
    dependsOn: step.dependsOn ?? [],
    evaluates: step.when !== undefined || step.each !== undefined || step.input !== undefined,
    each: step.each ? { parallel: step.parallel ?? 8 } : null,
    requires: step.requires ?? [],
    hostHint: step.hostHint ?? null,
    timeoutMs: step.timeoutMs ?? stepDefaults.timeoutMs,
    retries: step.retries ?? stepDefaults.retries,
    backoff: { ...stepDefaults.backoff, ...given(step.backoff) },
  };
}

/** Keys whose value is undefined count as left out. */
function given<T extends object>(fields: T | undefined): Partial<T> {
  return Object.fromEntries(Object.entries(fields ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function doesOf(step: StepSpec): StepDoes {
  const { operationId, executor, workflow } = step;
  if (operationId !== undefined) return { kind: "operation", operationId };
  if (executor !== undefined) return { kind: "executor", executor };
  if (workflow !== undefined) return { kind: "workflow", workflow };
  return { kind: "run", afterCrash: ("afterCrash" in step ? step.afterCrash : undefined) ?? "retry" };
}

/**
 * Looked at twice, as if at other times: a default that is made anew each time, such as of today, is none that may be kept. Nor is one
 * that is too much for an input: each run asks for it, and is told so.
 */
async function inputFacts(schema: StandardSchema | undefined): Promise<InputFacts | null> {
  if (!schema) return null;
  const [now, later] = [lookAt(schema), muchLater(() => lookAt(schema))];
  const told = common(now.schema, later.schema) as JsonObject | null;
  const [none, other] = await Promise.all([now.none, later.none]);
  if (!none) return { schema: told };
  return none.isWhole && isDeepStrictEqual(none, other) ? { schema: told, default: none.value } : { schema: told, default: common(none.value, other?.value ?? null) ?? null, varies: true };
}

function lookAt(schema: StandardSchema): { readonly schema: JsonObject | null; readonly none: Promise<Kept | null> } {
  return { schema: jsonSchemaOf(schema), none: withoutInput(schema).then((found) => found && keptOf(found.value)).catch(() => null) };
}

/**
 * What Standard JSON Schema asks libraries to offer beside `validate`: zod 4.2 and ArkType 2.1.28 do, valibot by
 * `toStandardJsonSchema()`. Source: https://standardschema.dev/json-schema
 */
interface TellsJsonSchema {
  readonly jsonSchema?: { readonly input?: (options: { readonly target: string }) => unknown };
}

/** Null where the library does not offer it, or cannot say this schema in it, or only at too great a length. */
function jsonSchemaOf(schema: StandardSchema): JsonObject | null {
  const { jsonSchema } = schema["~standard"] as TellsJsonSchema;
  try {
    const { value: told } = keptOf(jsonSchema?.input?.({ target: "draft-2020-12" }));
    return typeof told === "object" && !Array.isArray(told) ? (told as JsonObject | null) : null;
  } catch {
    return null;
  }
}

/** What can be kept of a value, and whether that is all of it. */
interface Kept {
  readonly value: Json;
  readonly isWhole: boolean;
}

/** @throws where it is no JSON */
function keptOf(value: unknown = null): Kept {
  const json = JSON.stringify(value);
  if (isTooDeep(json) || Buffer.byteLength(json) > MOST_BYTES) return { value: null, isWhole: false };
  return { value: JSON.parse(json) as Json, isWhole: true };
}

/** What two values have in common: fields that differ are left out; undefined: nothing. */
function common(one: Json, other: Json): Json | undefined {
  if (isDeepStrictEqual(one, other)) return one;
  if (!isFields(one) || !isFields(other)) return undefined;
  const kept = Object.entries(one).flatMap(([name, value]) => {
    const same = Object.hasOwn(other, name) ? common(value, other[name]!) : undefined;
    return same === undefined ? [] : [[name, same]];
  });
  return Object.fromEntries(kept) as Json;
}

function isFields(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
