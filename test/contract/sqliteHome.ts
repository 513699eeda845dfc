import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore, type SqliteStoreOptions } from "../../core/store/sqlite/open.ts";
import type { Home } from "./store.contract.ts";

/** A folder of its own with an SQLite store in it. */
export async function sqliteHome(options: Partial<SqliteStoreOptions> = {}): Promise<Home & { readonly file: string }> {
  const folder = await mkdtemp(join(tmpdir(), "loom-store-"));
  const file = join(folder, "loom.db");
  return {
    file,
    open: () => openSqliteStore({ file, ...options }),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
