import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { briefNames } from "../brief.ts";
import type { Json, JsonObject, ObservedJob } from "./contract.ts";

/** A look without news compares the very same jobs again, of which only the time has changed. */
const known = new WeakMap<ObservedJob, string>();

/** Stands for everything of a job that a person can edit; state that changes from run to run is left out. */
export function definitionHash(job: ObservedJob): string {
  let hash = known.get(job);
  if (hash === undefined) known.set(job, (hash = hashOf(job)));
  return hash;
}

function hashOf(job: ObservedJob): string {
  const parts = [job.name, job.description ?? null, job.command ?? null, job.schedule as unknown as Json, job.steps as unknown as Json, job.definition];
  return createHash("sha256").update(canonical(parts)).digest("base64url");
}

/** What was found last of a definition, and with which it was compared: that one may go meanwhile. */
const found = new WeakMap<JsonObject, { readonly before: WeakRef<JsonObject>; readonly fields: readonly string[] }>();

/** The top-level keys in which two definitions differ, sorted and in brief. */
export function differingFields(before: JsonObject, after: JsonObject): readonly string[] {
  const last = found.get(after);
  if (last?.before.deref() === before) return last.fields;
  const fields = differing(before, after);
  found.set(after, { before: new WeakRef(before), fields });
  return fields;
}

function differing(before: JsonObject, after: JsonObject): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return briefNames([...keys].filter((key) => !isDeepStrictEqual(before[key] ?? null, after[key] ?? null)).sort());
}

/** JSON with sorted keys, so that the order in which an owner writes them is no change. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
