import { readFileSync } from "node:fs";
import { Database } from "../../core/store/sqlite/database.ts";
import { T } from "../contract/fixtures.ts";

const FIRST = new URL("../../core/store/migrations/sqlite/0001-first-tables.sql", import.meta.url);

/** A database as the first release of the schema left it: a source, a strand and a run of it. */
export function writeFirstDatabase(file: string): void {
  const db = Database.forWriting(file, 1000);
  db.exec(readFileSync(FIRST, "utf8"));
  db.exec("PRAGMA user_version = 1");
  db.run(
    `INSERT INTO sources (source_id, plugin, instance, node_id, identity, label, can, freshness, since, scheduler_on, created_at, updated_at)
     VALUES ('cron:i', 'cron', 'i', 'n', 'home', 'cron', '{"setEnabled":true,"runNow":true}', 'fresh', ?, 1, ?, ?)`,
    T + 3, T, T,
  );
  db.run(
    `INSERT INTO strands (strand_id, kind, node_id, source_id, owner_job_id, name, schedule, trigger_type, system, enabled,
       owner_tells_next, overdue, definition, definition_hash, created_at, edited_at, updated_at)
     VALUES ('cron:i:a', 'mirrored', 'n', 'cron:i', 'a', 'job a', '{"kind":"manual"}', 'manual', 0, 1, 0, 0, '{"prompt":"hello"}', 'h1', ?, ?, ?)`,
    T, T + 5, T + 9,
  );
  db.run("INSERT INTO steps (strand_id, step_id, seq, label) VALUES ('cron:i:a', 'exec', 0, 'EXEC')");
  // The oldest is left out of what nearly all of the last hundred took.
  for (let i = 0; i <= 100; i++) {
    const startedAt = T - i * 1000;
    db.run(
      "INSERT INTO runs (run_id, strand_id, trigger, status, node_id, started_at, finished_at) VALUES (?, 'cron:i:a', 'schedule', 'succeeded', 'n', ?, ?)",
      `run-${i + 1}`, startedAt, startedAt + (i === 100 ? 99_999 : i + 1),
    );
  }
  db.run("INSERT INTO step_runs (run_id, step_id, seq, label, status, node_id, output_tail) VALUES ('run-1', 'exec', 0, 'EXEC', 'completed', 'n', 'grüß')");
  db.close();
}
