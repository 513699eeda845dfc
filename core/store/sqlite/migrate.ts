import { readdirSync, readFileSync } from "node:fs";
import { LoomError } from "../../errors/loomError.ts";
import { ownFile } from "../../ownFiles.ts";
import type { Database } from "./database.ts";

interface Migration {
  readonly version: number;
  readonly file: URL;
}

/** The migrations that this Loom brings, in order. Their numbers begin at 1 and have no gaps. */
function migrations(): Migration[] {
  const folder = ownFile("core/store/migrations/sqlite/");
  return readdirSync(folder)
    .filter((file) => /^\d{4}-.+\.sql$/.test(file))
    .sort()
    .map((file) => ({ version: Number(file.slice(0, 4)), file: new URL(file, folder) }));
}

/** @throws LoomError SCHEMA_TOO_NEW when a Loom that knows more migrations than this one has written the database */
export function refuseNewerSchema(db: Database): void {
  const found = versionOf(db);
  const newest = migrations().at(-1)?.version ?? 0;
  if (found > newest) {
    throw new LoomError("SCHEMA_TOO_NEW", `The database has schema ${found}, this Loom knows schemas up to ${newest}.`);
  }
}

/**
 * Brings the schema up to date, each migration whole or not at all. Two processes may do it at once.
 * @param last the schema to go up to; default: the newest
 */
export function migrate(db: Database, last = Infinity): void {
  for (const { version, file } of migrations()) {
    if (versionOf(db) >= version || version > last) continue;
    db.exclusively(() => {
      // Asked again inside the transaction: another process may have been faster.
      if (versionOf(db) >= version) return;
      db.exec(readFileSync(file, "utf8"));
      db.exec(`PRAGMA user_version = ${version}`);
    });
  }
}

function versionOf(db: Database): number {
  return Number(db.pragma("user_version"));
}
