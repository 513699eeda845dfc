import { VALUE_BYTES } from "../../jsonWeight.ts";
import type { StrandState, VersionRecord } from "../contract.ts";
import { fromJson, json } from "./cells.ts";
import type { Database } from "./database.ts";
import type { Transaction } from "./transaction.ts";

/** How many definitions of a strand are kept, and how large they may be together in memory: some jobs are edited by a program each minute. */
const KEPT = 200;
const KEPT_BYTES = 8 * 1_048_576;
/** Of JSON, about: where many values lie in it there are as many commas. */
const WEIGHT = `octet_length(definition) + ${VALUE_BYTES} * (length(definition) - length(replace(definition, ',', '')))`;

/** By these, runs that are under way or wait go on after a crash. */
const OF_OPEN_RUNS = "SELECT version FROM runs INDEXED BY runs_driven_open WHERE driven = 1 AND finished_at IS NULL AND strand_id = @id";

interface VersionRow extends Omit<VersionRecord, "schedule" | "definition"> {
  readonly schedule: string;
  readonly definition: string;
  readonly weight: number;
}

/** What is kept of a strand; of a woven one with the hash of its code. */
type Definition = Pick<StrandState, "id" | "name" | "description" | "command" | "schedule" | "definition" | "definitionHash"> & { readonly bundleHash?: string };

/** Keeps a strand's definition under this number. */
export function keepVersion(tx: Transaction, strand: Definition, version: number, by: string | null, at: number): void {
  tx.db.run(
    // OR REPLACE: the same number again can only be the same change, told twice.
    `INSERT OR REPLACE INTO strand_versions (strand_id, version, name, description, command, schedule, definition, definition_hash, seen_at, made_by, bundle_hash)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    strand.id, version, strand.name, strand.description, strand.command, json(strand.schedule), json(strand.definition), strand.definitionHash, at, by,
    strand.bundleHash ?? null,
  );
  // Asked of Loom's own strands alone: a look may bring ten thousand others.
  const unused = strand.bundleHash === undefined ? "" : `AND version NOT IN (${OF_OPEN_RUNS})`;
  // The newest stays, however large it is.
  tx.db.run(
    `DELETE FROM strand_versions WHERE strand_id = @id AND version < @version AND (version <= @version - ${KEPT} OR version <= (
       SELECT max(version) FROM (SELECT version, sum(${WEIGHT}) OVER (ORDER BY version DESC) AS bytes FROM strand_versions WHERE strand_id = @id)
       WHERE bytes > ${KEPT_BYTES})) ${unused}`,
    { id: strand.id, version },
  );
}

/** The kept definitions of a strand, newest first: every one, or those with the numbers of `only`. Of those kept for open runs as many as there is room for. */
export function listVersions(db: Database, strandId: string, only: readonly number[] | null): VersionRecord[] {
  const versions: VersionRecord[] = [];
  let left = KEPT_BYTES;
  const newestFirst = db.each<VersionRow>(
    `SELECT strand_id AS strandId, version, name, description, command, schedule, definition, definition_hash AS definitionHash,
       seen_at AS seenAt, made_by AS "by", ${WEIGHT} AS weight FROM strand_versions
     WHERE strand_id = @strandId AND (@only IS NULL OR version IN (SELECT value FROM json_each(@only))) ORDER BY version DESC LIMIT ${KEPT}`,
    { strandId, only: only && json(only) },
  );
  for (const { weight, ...row } of newestFirst) {
    if ((left -= weight) < 0 && versions.length > 0) break;
    versions.push({ ...row, schedule: fromJson(row.schedule), definition: fromJson(row.definition) });
  }
  return versions;
}
