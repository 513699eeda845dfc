/** A process that migrates a database, and dies before the statement with this number if there is one; prints how many there were. */
import { Database } from "../../core/store/sqlite/database.ts";
import { migrate } from "../../core/store/sqlite/migrate.ts";

const [file, last] = process.argv.slice(2) as [string, string | undefined];
let count = 0;

function next(): void {
  count += 1;
  if (count === Number(last)) process.kill(process.pid, "SIGKILL");
}

const exec = Database.prototype.exec;
Database.prototype.exec = function (script) {
  for (const statement of statementsOf(script)) {
    next();
    exec.call(this, statement);
  }
};
const run = Database.prototype.run;
Database.prototype.run = function (sql, ...params) {
  if (/^(BEGIN|COMMIT)/.test(sql)) next();
  const changes = run.call(this, sql, ...params);
  // Also right after it.
  if (sql === "COMMIT") next();
  return changes;
};

const db = Database.forWriting(file, 30_000);
migrate(db);
db.close();
process.stdout.write(String(count));

/** Migrations have no triggers, so that a statement ends at a semicolon which is in no comment and no text. */
function statementsOf(script: string): string[] {
  const parts = script.match(/--[^\n]*|'(?:[^']|'')*'|;|[^;'-]+|-/g) ?? [];
  const statements = [""];
  for (const part of parts) {
    statements[statements.length - 1] += part;
    if (part === ";") statements.push("");
  }
  return statements.filter((statement) => statement.replaceAll(/--[^\n]*/g, "").trim() !== "");
}
