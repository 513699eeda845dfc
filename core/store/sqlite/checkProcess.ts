/** Looks through a database, table by table, and prints the first damage that it finds. Ended by its parent at any time. */
import { constants, setPriority } from "node:os";
import { messageOf } from "../../errors/loomError.ts";
import { Database } from "./database.ts";

const [file, busyTimeoutMs] = process.argv.slice(2) as [string, string];
setPriority(constants.priority.PRIORITY_LOW);

/** One table at a time: as long as one is read, the write-ahead log cannot begin anew. */
function damageOf(db: Database): string | null {
  const tables = db.all<{ name: string }>("SELECT 'sqlite_schema' AS name UNION ALL SELECT name FROM sqlite_schema WHERE type = 'table'");
  for (const { name } of tables) {
    const found = db.pragma(`quick_check('${name.replaceAll("'", "''")}')`);
    if (found !== "ok") return `${name}: ${String(found)}`;
  }
  return null;
}

try {
  const db = Database.forReading(file, Number(busyTimeoutMs));
  process.stdout.write(damageOf(db) ?? "");
  db.close();
} catch (error) {
  if (!/^SQLITE_(CORRUPT|NOTADB)/.test(String((error as { code?: unknown }).code))) throw error;
  process.stdout.write(messageOf(error));
}
