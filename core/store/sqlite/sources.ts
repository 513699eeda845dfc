import { createHash } from "node:crypto";
import type { Freshness, Lost, NotFound, Ok, SourceHealth, SourceRecord, SourceStore } from "../contract.ts";
import { bit, fromJson, json } from "./cells.ts";
import type { Database } from "./database.ts";
import { silenceVanished } from "./changes.ts";
import { keepSourceState } from "./sourceStates.ts";
import type { Transaction } from "./transaction.ts";

interface SourceRow {
  readonly source_id: string;
  readonly plugin: string;
  readonly instance: string;
  readonly node_id: string;
  readonly identity: string;
  readonly label: string;
  readonly can: string;
  readonly firings_while_off: string;
  readonly freshness: Freshness;
  readonly since: number;
  readonly last_good_read_at: number | null;
  readonly version: string | null;
  readonly scheduler_on: number;
  readonly message: string | null;
  readonly help: string | null;
  readonly look: number;
  readonly revision: string | null;
  readonly retired_at: number | null;
}

/** The strands of a source that may be on the page: those that went and were seen to go are without end. */
const ON_PAGE = `SELECT strand_id AS id, gone_at AS goneAt FROM strands INDEXED BY strands_there WHERE source_id = @id AND gone_at IS NULL UNION
  SELECT strand_id, gone_at FROM strand_changes INDEXED BY strand_changes_vanished CROSS JOIN strands USING (strand_id)
  WHERE strand_changes.kind = 'vanished' AND ack_at IS NULL AND source_id = @id ORDER BY 1`;

const NOT_READ = "It has not been read yet.";
const TAKEN_AWAY = "Its plugin was taken away.";

export function listSources(db: Database): SourceRecord[] {
  return db.all<SourceRow>("SELECT * FROM sources ORDER BY created_at, source_id").map(sourceOf);
}

export function registerSource(tx: Transaction, source: Parameters<SourceStore["register"]>[0]): SourceRecord {
  const { plugin, nodeId, identity, label, at } = source;
  const can = json(source.can);
  const firingsWhileOff = json(source.firingsWhileOff);
  const known = tx.db.get<SourceRow>("SELECT * FROM sources WHERE plugin = ? AND node_id = ? AND identity = ?", plugin, nodeId, identity);
  const id = known?.source_id ?? `${plugin}:${instanceOf(nodeId, identity)}`;
  if (known) {
    tx.db.run(
      "UPDATE sources SET label = ?, can = ?, firings_while_off = ?, retired_at = NULL, updated_at = ? WHERE source_id = ?",
      label, can, firingsWhileOff, at, id,
    );
  } else {
    tx.db.run(
      `INSERT INTO sources (source_id, plugin, instance, node_id, identity, label, can, firings_while_off, freshness, since, scheduler_on,
         message, created_at, updated_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'stale', ?, 1, ?, ?, ?)`,
      id, plugin, id.slice(plugin.length + 1), nodeId, identity, label, can, firingsWhileOff, at, NOT_READ, at, at,
    );
    keepSourceState(tx, id, { freshness: "stale", schedulerOn: true, message: NOT_READ }, at);
  }
  if (!known || known.retired_at !== null) tx.emit({ at, type: "source.added", data: { sourceId: id, label } });
  else if (known.label !== label || known.can !== can || known.firings_while_off !== firingsWhileOff) emitChanged(tx, id, sourceOf(known).health, at);
  return sourceOf(rowOf(tx.db, id)!);
}

export function setSourceHealth(tx: Transaction, id: string, health: SourceHealth, at: number): Ok | NotFound {
  const before = rowOf(tx.db, id);
  if (!before) return { outcome: "not_found" };
  writeHealth(tx, before, health, at);
  return { outcome: "ok" };
}

export function retireSource(tx: Transaction, id: string, at: number): Ok | NotFound {
  const before = rowOf(tx.db, id);
  if (!before) return { outcome: "not_found" };
  if (before.retired_at !== null) return { outcome: "ok" };
  // The look is raised as well: one that is on its way must not bring the strands back.
  tx.db.run("UPDATE sources SET retired_at = ?, look = look + 1, updated_at = ? WHERE source_id = ?", at, at, id);
  const { health } = sourceOf(before);
  keepSourceState(tx, id, { freshness: "stale", schedulerOn: health.schedulerOn, message: TAKEN_AWAY }, at);
  const strands = tx.db.all<{ id: string; goneAt: number | null }>(ON_PAGE, { id });
  tx.db.run("UPDATE strands INDEXED BY strands_there SET gone_at = ?, gone_with_source = 1, updated_at = ? WHERE source_id = ? AND gone_at IS NULL", at, at, id);
  for (const strand of strands) {
    // One that had vanished before is on the page only to be acknowledged, and leaves it with the others.
    const shown = strand.goneAt === null || silenceVanished(tx, strand.id, "loom", at);
    if (shown) tx.emit({ at, type: "strand.removed", strandId: strand.id, data: { sourceId: id } });
  }
  tx.emit({ at, type: "source.removed", data: { sourceId: id } });
  return { outcome: "ok" };
}

/** Takes the next look of a source if nobody else has; its health and revision become the look's. */
export function takeLook(
  tx: Transaction,
  look: { sourceId: string; expectedLook: number; revision: string | null; health: SourceHealth; at: number },
): Ok<{ readonly source: SourceRecord }> | Lost | NotFound {
  const before = rowOf(tx.db, look.sourceId);
  if (!before) return { outcome: "not_found" };
  const taken = tx.db.run(
    "UPDATE sources SET look = look + 1, revision = ? WHERE source_id = ? AND look = ? AND retired_at IS NULL",
    look.revision, look.sourceId, look.expectedLook,
  );
  if (taken === 0) return { outcome: "lost" };
  writeHealth(tx, before, look.health, look.at);
  return { outcome: "ok", source: sourceOf(rowOf(tx.db, look.sourceId)!) };
}

function writeHealth(tx: Transaction, before: SourceRow, health: SourceHealth, at: number): void {
  const { freshness, since, lastGoodReadAt, version, schedulerOn, message, help } = health;
  tx.db.run(
    `UPDATE sources SET freshness = ?, since = ?, last_good_read_at = ?, version = ?, scheduler_on = ?, message = ?, help = ?, updated_at = ?
     WHERE source_id = ?`,
    freshness, since, lastGoodReadAt, version, bit(schedulerOn), message, help, at, before.source_id,
  );
  keepSourceState(tx, before.source_id, health, at);
  const differs =
    before.freshness !== freshness || before.version !== version || before.scheduler_on !== bit(schedulerOn) || before.message !== message;
  if (differs) emitChanged(tx, before.source_id, health, at);
}

function emitChanged(tx: Transaction, sourceId: string, { freshness, version, schedulerOn, message }: SourceHealth, at: number): void {
  tx.emit({ at, type: "source.changed", data: { sourceId, freshness, version, schedulerOn, message } });
}

/** The same for the same node and identity, so that strands keep their ids even when the database is lost. */
function instanceOf(nodeId: string, identity: string): string {
  return createHash("sha256").update(nodeId).update("\0").update(identity).digest("hex").slice(0, 12);
}

function rowOf(db: Database, id: string): SourceRow | undefined {
  return db.get<SourceRow>("SELECT * FROM sources WHERE source_id = ?", id);
}

function sourceOf(row: SourceRow): SourceRecord {
  return {
    id: row.source_id,
    plugin: row.plugin,
    instance: row.instance,
    nodeId: row.node_id,
    identity: row.identity,
    label: row.label,
    can: fromJson(row.can),
    firingsWhileOff: fromJson(row.firings_while_off),
    health: {
      freshness: row.freshness,
      since: row.since,
      lastGoodReadAt: row.last_good_read_at,
      version: row.version,
      schedulerOn: row.scheduler_on === 1,
      message: row.message,
      help: row.help,
    },
    look: row.look,
    revision: row.revision,
    retiredAt: row.retired_at,
  };
}
