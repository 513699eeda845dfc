import type { StrandState, VersionRecord } from "../contract.ts";
import { fromJson, json } from "./cells.ts";
import type { Database } from "./database.ts";
import type { Transaction } from "./transaction.ts";

/** How many definitions of a strand are kept; a program that edits its own job each minute must not fill the disk. */
const KEPT = 200;

interface VersionRow extends Omit<VersionRecord, "schedule" | "definition"> {
  readonly schedule: string;
  readonly definition: string;
}

/** Keeps a strand's definition under this number. */
export function keepVersion(tx: Transaction, strand: StrandState, version: number, by: string | null, at: number): void {
  tx.db.run(
    // OR REPLACE: the same number again can only be the same change, told twice.
    `INSERT OR REPLACE INTO strand_versions (strand_id, version, name, description, command, schedule, definition, definition_hash, seen_at, made_by)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    strand.id, version, strand.name, strand.description, strand.command, json(strand.schedule), json(strand.definition), strand.definitionHash, at, by,
  );
  if (version > KEPT) tx.db.run("DELETE FROM strand_versions WHERE strand_id = ? AND version <= ?", strand.id, version - KEPT);
}

/** Every kept definition of a strand, newest first. */
export function listVersions(db: Database, strandId: string): VersionRecord[] {
  return db
    .all<VersionRow>(
      `SELECT strand_id AS strandId, version, name, description, command, schedule, definition, definition_hash AS definitionHash,
         seen_at AS seenAt, made_by AS "by" FROM strand_versions WHERE strand_id = ? ORDER BY version DESC`,
      strandId,
    )
    .map((row) => ({ ...row, schedule: fromJson(row.schedule), definition: fromJson(row.definition) }));
}
