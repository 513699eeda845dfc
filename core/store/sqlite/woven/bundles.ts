import type { Bundle } from "../../contract.ts";
import { json } from "../cells.ts";
import type { Database } from "../database.ts";
import type { Transaction } from "../transaction.ts";

/** How many of a strand's newest versions keep their code, so that what differs can be shown. */
const VERSIONS_WITH_CODE = 20;
/** So many are forgotten at a time, for each may be large: a transaction is to be short. */
const PRUNED = 16;

/** Keeps code under its hash. A changed comment leaves the code as it is, and moves its lines. */
export function keepBundle({ db }: Transaction, { hash, code, map, entry }: Bundle): void {
  db.run(
    `INSERT INTO bundles (hash, entry, code, map) VALUES (?, ?, ?, ?)
     ON CONFLICT (hash) DO UPDATE SET entry = excluded.entry, map = excluded.map WHERE entry <> excluded.entry OR map IS NOT excluded.map`,
    hash, entry, code, map,
  );
}

export function getBundle(db: Database, hash: string): Bundle | null {
  return db.get<Bundle>("SELECT hash, code, map, entry FROM bundles WHERE hash = ?", hash) ?? null;
}

/** Forgets some of the code that neither a strand, one of its newest versions, an open run nor `hashes` needs. Answers how many went. */
export function pruneBundles({ db }: Transaction, hashes: readonly string[]): number {
  return db.run(
    `DELETE FROM bundles WHERE hash IN (SELECT hash FROM bundles WHERE hash NOT IN (
       SELECT value FROM json_each(?)
       UNION SELECT bundle_hash FROM strands INDEXED BY strands_with_code WHERE bundle_hash IS NOT NULL
       UNION SELECT strand_versions.bundle_hash FROM strand_versions INDEXED BY strand_versions_with_code CROSS JOIN strands USING (strand_id)
         WHERE strand_versions.bundle_hash IS NOT NULL AND strand_versions.version > strands.version - ${VERSIONS_WITH_CODE}
       UNION SELECT bundles ->> '$.workflow' FROM runs INDEXED BY runs_driven_open WHERE driven = 1 AND finished_at IS NULL
       UNION SELECT value FROM runs INDEXED BY runs_driven_open, json_each(runs.bundles, '$.operations') WHERE driven = 1 AND finished_at IS NULL) LIMIT ${PRUNED})`,
    json(hashes),
  );
}
