import { createHash } from "node:crypto";
import type { JsonObject } from "../../../mirror/contract.ts";
import type { WorkflowFacts } from "../../../workflow/facts.ts";
import type { Lost, NotFound, Ok, WeaveStore } from "../../contract.ts";
import { bit, fromJson, json } from "../cells.ts";
import type { Database } from "../database.ts";
import { differing } from "../strandNews.ts";
import type { Transaction } from "../transaction.ts";
import { keepVersion } from "../versions.ts";
import { keepBundle } from "./bundles.ts";

type Laid = Parameters<WeaveStore["lay"]>[0];

/** A woven strand as it is stored. */
interface WovenRow {
  readonly name: string;
  readonly version: number;
  readonly facts: string;
  readonly hash: string;
  readonly bundleHash: string;
  readonly schedule: string;
  readonly enabled: number;
  readonly enabledInFile: number;
  readonly override: number | null;
  readonly firedUntil: number;
  readonly goneAt: number | null;
}

/** How a strand is to stand once it is laid down. */
interface Pattern {
  readonly version: number;
  readonly hash: string;
  readonly enabled: boolean;
  readonly firedUntil: number;
  readonly isEdited: boolean;
}

function wovenRow(db: Database, strandId: string): WovenRow | undefined {
  return db.get<WovenRow>(
    `SELECT name, version, definition AS facts, definition_hash AS hash, bundle_hash AS bundleHash, schedule, enabled, enabled_in_file AS enabledInFile,
       enabled_override AS override, fired_until AS firedUntil, gone_at AS goneAt FROM strands WHERE strand_id = ? AND kind = 'woven'`,
    strandId,
  );
}

/** Lays down a workflow as its file says now. */
export function layStrand(tx: Transaction, laid: Laid): Ok<{ readonly version: number }> {
  const { facts, bundle, at } = laid;
  const before = wovenRow(tx.db, facts.id);
  const fields = before ? fieldsEdited(before, laid) : [];
  const pattern = patternOf(before, laid, fields.length > 0);
  keepBundle(tx, bundle);
  writeWoven(tx, laid, pattern);
  if (!before || pattern.isEdited) {
    writeSteps(tx, facts);
    keepVersion(tx, { ...facts, command: null, definition: asJson(facts), definitionHash: pattern.hash, bundleHash: bundle.hash }, pattern.version, null, at);
  }
  tell(tx, laid, before, pattern, fields);
  return { outcome: "ok", version: pattern.version };
}

/** Top-level keys of the facts that differ, and `code` where that does. */
function fieldsEdited(before: WovenRow, { facts, bundle }: Laid): string[] {
  return [...differing(fromJson(before.facts), asJson(facts)), ...(before.bundleHash === bundle.hash ? [] : ["code"])];
}

function patternOf(before: WovenRow | undefined, { facts, at }: Laid, isEdited: boolean): Pattern {
  const hash = before && !isEdited ? before.hash : createHash("sha256").update(json(facts)).digest("base64url");
  if (!before) return { version: 1, hash, enabled: facts.enabled, firedUntil: at, isEdited };
  const enabled = before.override === null ? facts.enabled : before.override === 1;
  const isSwitchedOn = enabled && before.enabled === 0;
  const startsAnew = before.goneAt !== null || isSwitchedOn || before.schedule !== json(facts.schedule);
  return { version: before.version + (isEdited ? 1 : 0), hash, enabled, firedUntil: startsAnew ? at : before.firedUntil, isEdited };
}

function writeWoven({ db }: Transaction, { nodeId, at, modulePath, shipped, facts, bundle }: Laid, { version, hash, enabled, firedUntil, isEdited }: Pattern): void {
  db.run(
    `INSERT INTO strands (strand_id, kind, node_id, owner_job_id, name, description, module_path, schedule, trigger_type, requires_caps, default_node, system,
       enabled, owner_tells_next, overdue, definition, definition_hash, history_complete, created_at, edited_at, updated_at, scheduled_at, switched_at, version,
       bundle_hash, shipped, enabled_in_file, fired_until)
     VALUES (@id, 'woven', @nodeId, @id, @name, @description, @modulePath, @schedule, @triggerType, @requires, @defaultHost, 0,
       @enabled, 0, 0, @facts, @hash, 1, @at, @at, @at, @at, @at, @version, @bundleHash, @shipped, @inFile, @firedUntil)
     ON CONFLICT (strand_id) DO UPDATE SET node_id = excluded.node_id, name = excluded.name, description = excluded.description,
       module_path = excluded.module_path, schedule = excluded.schedule, trigger_type = excluded.trigger_type, requires_caps = excluded.requires_caps,
       default_node = excluded.default_node, enabled = excluded.enabled, definition = excluded.definition, definition_hash = excluded.definition_hash,
       edited_at = iif(@isEdited, @at, edited_at), updated_at = @at,
       scheduled_at = iif(schedule <> excluded.schedule OR gone_at IS NOT NULL, @at, scheduled_at),
       switched_at = iif(enabled <> excluded.enabled, @at, switched_at), version = @version, bundle_hash = excluded.bundle_hash,
       shipped = excluded.shipped, enabled_in_file = excluded.enabled_in_file, fired_until = excluded.fired_until, gone_at = NULL
     WHERE kind = 'woven'`,
    {
      id: facts.id,
      nodeId,
      name: facts.name,
      description: facts.description,
      modulePath,
      schedule: json(facts.schedule),
      triggerType: facts.schedule.kind,
      requires: json(facts.requires),
      defaultHost: facts.defaultHost,
      enabled: bit(enabled),
      facts: json(facts),
      hash,
      isEdited: bit(isEdited),
      at,
      version,
      bundleHash: bundle.hash,
      shipped: bit(shipped),
      inFile: bit(facts.enabled),
      firedUntil,
    },
  );
}

function writeSteps({ db }: Transaction, { id, steps }: WorkflowFacts): void {
  db.run("DELETE FROM steps WHERE strand_id = ?", id);
  for (const [seq, step] of steps.entries()) {
    const operationId = step.does.kind === "operation" ? step.does.operationId : null;
    db.run(
      "INSERT INTO steps (strand_id, step_id, seq, label, operation_id, depends_on, node_hint, timeout_ms, retries) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      id, step.id, seq, step.label, operationId, json(step.dependsOn), step.hostHint, step.timeoutMs, step.retries,
    );
  }
}

/** The events of laying a strand down: switching has one of its own. */
function tell(tx: Transaction, { facts, at }: Laid, before: WovenRow | undefined, { version, enabled, isEdited }: Pattern, fields: readonly string[]): void {
  const { id: strandId, name } = facts;
  if (!before) return tx.emit({ at, type: "strand.added", strandId, data: { name } });
  if (before.enabled !== bit(enabled)) tellSwitched(tx, { strandId, name, enabled, at });
  if (before.goneAt !== null) tx.emit({ at, type: "strand.returned", strandId, data: { name } });
  if (isEdited) tx.emit({ at, type: "strand.edited", strandId, data: { name, fields, version, by: null } });
}

function tellSwitched(tx: Transaction, { strandId, name, enabled, at }: { strandId: string; name: string; enabled: boolean; at: number }): void {
  tx.emit({ at, type: enabled ? "strand.enabled" : "strand.disabled", strandId, data: { name, reason: null } });
}

/** Takes a strand off the page whose file is gone. */
export function removeWoven(tx: Transaction, strandId: string, at: number): Ok | NotFound {
  const gone = tx.db.run("UPDATE strands SET gone_at = ?, updated_at = ? WHERE strand_id = ? AND kind = 'woven' AND gone_at IS NULL", at, at, strandId);
  if (gone === 0) return { outcome: "not_found" };
  tx.emit({ at, type: "strand.removed", strandId, data: { expected: true } });
  return { outcome: "ok" };
}

/** Sets a person's switch, or takes it away. */
export function switchWoven(tx: Transaction, strandId: string, wanted: boolean | null, at: number, makeUp: boolean): Ok | NotFound {
  const before = wovenRow(tx.db, strandId);
  if (!before || before.goneAt !== null) return { outcome: "not_found" };
  const override = wanted === null ? null : bit(wanted);
  if (override === before.override) return { outcome: "ok" };
  const enabled = override ?? before.enabledInFile;
  const isSwitched = enabled !== before.enabled;
  tx.db.run(
    `UPDATE strands SET enabled_override = @override, enabled = @enabled, updated_at = @at, switched_at = iif(@isSwitched, @at, switched_at),
       fired_until = iif(@startsAnew, @at, fired_until) WHERE strand_id = @strandId AND kind = 'woven'`,
    { strandId, override, enabled, isSwitched: bit(isSwitched), startsAnew: bit(isSwitched && enabled === 1 && !makeUp), at },
  );
  if (isSwitched) tellSwitched(tx, { strandId, name: before.name, enabled: enabled === 1, at });
  else tx.emit({ at, type: "strand.changed", strandId, data: { name: before.name } });
  return { outcome: "ok" };
}

/** Moves on up to when firings have been dealt with. */
export function moveFired({ db }: Transaction, strandId: string, from: number, until: number): Ok | Lost | NotFound {
  const moved = db.run("UPDATE strands SET fired_until = ? WHERE strand_id = ? AND kind = 'woven' AND fired_until = ?", until, strandId, from);
  if (moved === 1) return { outcome: "ok" };
  return { outcome: wovenRow(db, strandId) ? "lost" : "not_found" };
}

/** A version of a workflow, with the hash of its code. */
export function versionOf(db: Database, strandId: string, version: number): { facts: WorkflowFacts; bundleHash: string } | null {
  const row = db.get<{ facts: string; bundleHash: string }>(
    "SELECT definition AS facts, bundle_hash AS bundleHash FROM strand_versions WHERE strand_id = ? AND version = ? AND bundle_hash IS NOT NULL",
    strandId, version,
  );
  return row ? { facts: fromJson(row.facts), bundleHash: row.bundleHash } : null;
}

/** Facts are data: they have come as JSON. */
function asJson(facts: WorkflowFacts): JsonObject {
  return facts as unknown as JsonObject;
}
