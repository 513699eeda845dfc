import type { Guard } from "./guard.ts";

const BACKUP = ["core/store/sqlite/backup.test.ts"];
const BATCH = ["core/store/sqlite/batch.test.ts"];
const CHECK = ["core/store/sqlite/check.test.ts"];
const COMMANDS = ["test/integration/commands.test.ts"];
const CONTRACT = ["test/contract/sqlite.test.ts"];
const DATE = ["core/store/trustedDate.test.ts"];
const DURABLE = ["core/store/sqlite/durable.test.ts"];
const HEALTH = ["core/store/sqlite/health.test.ts"];
const LEFT = ["core/workflow/isolate/leftovers.test.ts"];
const LOCK = ["core/store/sqlite/homeLock.test.ts"];
const MIGRATE = ["core/store/sqlite/migrate.test.ts"];
const OPEN = ["core/store/sqlite/open.test.ts"];
const PRUNE = ["core/store/sqlite/prune.test.ts"];
const RECOVER = ["core/run/machine/recover.test.ts"];
const REST = ["core/store/sqlite/rest.test.ts"];
const RESTORE = ["core/store/sqlite/restore.test.ts"];
const RESTORE_COMMAND = ["test/integration/restoreCommand.test.ts"];
const SPACE = ["core/store/sqlite/space.test.ts"];
const TICKER = ["core/run/trigger/ticker.test.ts"];

const DATABASE = "core/store/sqlite/database.ts";
const MOVES = "core/store/sqlite/woven/applyMoves.ts";

export const diskGuards: readonly Guard[] = [
  // A power cut
  { keepsOut: "answers that a power cut takes back", file: DATABASE, from: "synchronous = FULL", to: "synchronous = NORMAL", tests: DURABLE },
  { keepsOut: "answers that lie in a Mac's disk's own cache", file: DATABASE, from: '"fullfsync = ON"', to: '"fullfsync = OFF"', tests: DURABLE },
  { keepsOut: "checkpoints that lie there", file: DATABASE, from: "checkpoint_fullfsync = ON", to: "checkpoint_fullfsync = OFF", tests: DURABLE },
  { keepsOut: "databases without a write-ahead log", file: DATABASE, from: 'if (mode !== "wal")', to: "if (false)", tests: DURABLE },
  { keepsOut: "rows of what is gone", file: DATABASE, from: "foreign_keys = ON", to: "foreign_keys = OFF", tests: DURABLE },
  { keepsOut: "backups that a power cut empties", file: "core/store/sqlite/backup.ts", from: "await copy.sync();", to: "", tests: BACKUP },
  { keepsOut: "backups whose names a power cut takes back", file: "core/store/sqlite/backup.ts", from: "await syncFolder(folder);", to: "", tests: BACKUP },
  { keepsOut: "a restore under a program that has the database for itself", file: "core/store/sqlite/restore.ts", from: "if (HELD_OR_FULL.test(String((error as { code?: unknown }).code))) throw error;", to: "", tests: ["core/store/sqlite/restore.test.ts"] },
  { keepsOut: "restored databases that a power cut empties", file: "core/store/sqlite/restore.ts", from: "await copy.sync();", to: "", tests: RESTORE },
  { keepsOut: "restored databases whose names a power cut takes back", file: "core/store/sqlite/restore.ts", from: "await syncFolder(dirname(file));", to: "", tests: RESTORE },
  { keepsOut: "kept databases whose names a power cut takes back", file: "core/store/sqlite/restore.ts", from: "await syncFolder(folder);", to: "", tests: RESTORE },

  // One transaction, and what is in it
  { keepsOut: "the half of a change that failed", file: "core/store/sqlite/batch.ts", from: 'db.run("ROLLBACK TO call");', to: "", tests: BATCH },
  { keepsOut: "acknowledged changes that a full disk took back", file: "core/store/sqlite/batch.ts", from: "if (!db.inTransaction) throw error;", to: "", tests: BATCH },
  { keepsOut: "changes behind a hole that a failed sync has left in the log", file: "core/store/sqlite/batch.ts", from: "this.#isLogDoubtful ||= isDisksFault(error);", to: "", tests: BATCH },
  { keepsOut: "steps by the ten thousand that leave the store no room for others", file: "core/run/persist.ts", from: '() => this.#line.add("", write)', to: "write", tests: ["core/run/persist.test.ts"] },
  { keepsOut: "more calls than there is room for", file: "core/store/sqlite/channel.ts", from: "if (this.#waiting.size >= this.#options.maxWaiting)", to: "if (false)", tests: ["core/store/sqlite/busy.test.ts"], named: "more writes than may wait" },
  { keepsOut: "calls after the close", file: "core/store/sqlite/channel.ts", from: "if (this.#gone) return Promise.reject(this.#gone);", to: "", tests: CONTRACT, named: "closing lets writes under way finish" },
  { keepsOut: "numbers that were given out before", file: "core/store/migrations/sqlite/0001-first-tables.sql", from: "INTEGER PRIMARY KEY AUTOINCREMENT", to: "INTEGER PRIMARY KEY", tests: CONTRACT, named: "gives no number twice" },
  { keepsOut: "numbers of another database under this one's name", file: "core/store/sqlite/feedName.ts", from: "if (known?.place === place)", to: "if (known)", tests: OPEN },

  // The start
  { keepsOut: "two gateways over one home", file: "core/store/sqlite/homeLock.ts", from: 'db.exec("BEGIN EXCLUSIVE");', to: "", tests: LOCK },
  { keepsOut: "a home that stays taken where the words of its holder cannot be removed", file: "core/store/sqlite/homeLock.ts", from: "ifWritable(() => rmSync(holderFile, { force: true }));", to: "rmSync(holderFile, { force: true });", tests: LOCK },
  { keepsOut: "a stop that waits for room on a full disk", file: "core/main.ts", from: "[runs, library].forEach((one) => one.giveUp())", to: "{}", tests: ["test/fault/fullDisk.test.ts"], named: "stops in order" },
  { keepsOut: "a start that ends where gateway.json cannot be written", file: "core/config/gatewayFile.ts", from: "await write().catch((error: unknown) => {", to: "await write().then((error: unknown) => {", tests: ["test/fault/fullDisk.test.ts"], named: "stops in order" },
  { keepsOut: "a start that reads all open firings at once", file: "core/store/sqlite/occurrences.ts", from: " ORDER BY strand_id LIMIT ${STRANDS}", to: " ORDER BY strand_id", tests: CONTRACT, named: "some at a time" },
  { keepsOut: "a start, and replays, that read five hundred long events at once", file: "core/store/sqlite/events.ts", from: "if (length >= MOST_DATA) break;", to: "", tests: CONTRACT, named: "some megabytes are read together" },
  { keepsOut: "all tokens there ever were in one answer", file: "core/store/sqlite/tokens.ts", from: "pageOf(rows, size, recordOf, ({ createdAt, id }) => ({ time: createdAt, id }))", to: "{ items: [...rows].map(recordOf), next: null }", tests: CONTRACT, named: "a page of tokens" },
  { keepsOut: "gigabytes of names of changed fields", file: "core/store/sqlite/changes.ts", from: "if (row.fields.length > Math.max(left, OMITTED.length))", to: "if (false)", tests: CONTRACT, named: "some long names of changed fields" },
  { keepsOut: "a start that reads every pause of everything that has ended", file: "core/store/sqlite/pauses.ts", from: "(ended_at >= ? AND ${LAST})", to: "ended_at >= ?", tests: CONTRACT, named: "that ended the last is told" },
  { keepsOut: "a start that ends where one part of Loom cannot start", file: "core/main.ts", from: 'await parts.begin("firings", () => occurrences.start());', to: "await occurrences.start();", tests: ["test/fault/partialStart.test.ts"] },
  { keepsOut: "files that stay broken because a machine had no memory once", file: "core/workflow/library/memory.ts", from: "this.#isIndexed && !mayPass", to: "this.#isIndexed", tests: ["core/workflow/library.test.ts"], named: "that may have been for nothing in the file" },
  { keepsOut: "parts that a busy database keeps out until the next start", file: "core/parts/partStarts.ts", from: "if (isPassing(error)) this.#late.set(part, start);", to: "if (false) this.#late.set(part, start);", tests: ["core/parts/partStarts.test.ts"] },
  { keepsOut: "pages of firings without those of some ids", file: "core/store/sqlite/occurrences.ts", from: '"due_at DESC, strand_id DESC"', to: '"due_at DESC, substr(strand_id, 1, 1) DESC"', tests: CONTRACT, named: "whatever signs" },
  { keepsOut: "databases that others may read", file: DATABASE, from: "chmodSync(file, 0o600);", to: "", tests: OPEN },
  { keepsOut: "damaged databases at the start", file: "core/store/sqlite/inspect.ts", from: 'if (found !== "ok")', to: "if (false)", tests: OPEN },
  { keepsOut: "damage in a large database that nobody hears of", file: "core/store/sqlite/check.ts", from: "if (damage && !this.#stop.signal.aborted) onDamage(damage);", to: "", tests: CHECK },
  { keepsOut: "damage for ever after a disk that gave nothing for a while", file: "core/store/sqlite/recheck.ts", from: "health.whole(began);", to: "{}", tests: ["core/store/sqlite/recheck.test.ts"] },
  { keepsOut: "damage that a read came upon and nobody hears of", file: "core/store/sqlite/open.ts", from: "maxWaiting, clock, onDamage: (message) => health.damaged(message)", to: "maxWaiting, clock, onDamage: () => {}", tests: CHECK },
  { keepsOut: "databases of a newer Loom", file: "core/store/sqlite/migrate.ts", from: "if (found > newest)", to: "if (false)", tests: OPEN },
  { keepsOut: "a clock that leaps before anybody has asked it", file: "core/occurrence/prune.ts", from: "trustedDate(kv, clock).catch(failed);", to: "", tests: ["core/occurrence/prune.test.ts"] },
  { keepsOut: "half a migration", file: "core/store/sqlite/migrate.ts", from: "db.exclusively(() => {", to: "[0].forEach(() => {", tests: MIGRATE },
  { keepsOut: "a migration that another starter has made", file: "core/store/sqlite/migrate.ts", from: "if (versionOf(db) >= version) return;", to: "", tests: MIGRATE },

  // Backup and restore
  { keepsOut: "backups over what is there", file: "core/store/sqlite/backup.ts", from: 'if (await isThere(to)) throw new LoomError("STORE_UNAVAILABLE"', to: 'if (false) throw new LoomError("STORE_UNAVAILABLE"', tests: CONTRACT, named: "a backup is a whole database" },
  { keepsOut: "backups that others may read", file: "core/store/sqlite/backup.ts", from: '"wx", 0o600', to: '"wx", 0o644', tests: CONTRACT, named: "a backup is a whole database" },
  { keepsOut: "backups where a link leads that is turned meanwhile", file: "core/store/sqlite/backup.ts", from: "join(await realpath(dirname(named)), basename(named))", to: "named", tests: BACKUP },
  { keepsOut: "backups that hold what may not be", file: "core/store/sqlite/backupThread.ts", from: "using(part, busyTimeoutMs, check);", to: "", tests: BACKUP },
  { keepsOut: "what an interrupted backup left", file: "core/store/sqlite/backup.ts", from: "await removeLeftParts(folder, (name) => name === basename(to));", to: "", tests: CONTRACT, named: "of a backup that cannot be written" },
  { keepsOut: "from a backup what another one writes", file: "core/store/backupPart.ts", from: "lives(Number(pid), Number(startTime))", to: "false", tests: BACKUP, named: "takes nothing away" },
  { keepsOut: "parts for ever of a process whose id another one has", file: "core/processIdentity.ts", from: "startTimeOf(pid) === startTime", to: "isTaken(pid)", tests: BACKUP, named: "takes away what backups have left" },
  { keepsOut: "backups over one that was written meanwhile", file: "core/store/sqlite/backup.ts", from: 'if (await isThere(to)) throw new LoomError("CONFLICT"', to: 'if (false) throw new LoomError("CONFLICT"', tests: BACKUP, named: "takes nothing away" },
  { keepsOut: "links of others that lead a backup to what it may remove", file: "core/store/backupPart.ts", from: "writableByOthers(found) === null", to: "true", tests: BACKUP, named: "follows no link" },
  { keepsOut: "from a backup what is in its way and not its own", file: "core/store/backupPart.ts", from: "name.startsWith(COPY)", to: "name", tests: BACKUP, named: "leaves what it has not made" },
  { keepsOut: "links of others to an older copy", file: "core/store/sqlite/restore.ts", from: "if (link) throw", to: "if (false) throw", tests: ["core/store/sqlite/restore.test.ts"] },
  { keepsOut: "links of others to where a copy is written", file: "core/store/sqlite/backup.ts", from: "if (link) throw", to: "if (false) throw", tests: ["core/store/sqlite/backup.test.ts"] },
  { keepsOut: "copies of a newer Loom", file: "core/store/sqlite/restore.ts", from: "inspect(path, BUSY_MS);", to: "", tests: RESTORE },
  { keepsOut: "databases of somebody else", file: "core/store/sqlite/restore.ts", from: "if (db.get(\"SELECT 1 FROM sqlite_schema WHERE name = 'strands'\") === undefined)", to: "if (false)", tests: RESTORE },
  { keepsOut: "large copies that are damaged", file: "core/store/sqlite/restore.ts", from: 'if (found !== "ok")', to: "if (false)", tests: RESTORE },
  { keepsOut: "a restore that keeps nothing of what it replaces", file: "core/store/sqlite/restore.ts", from: "const kept = await keep(file, keptIn);", to: "const kept = false;", tests: RESTORE },
  { keepsOut: "an old log beside a restored database", file: "core/store/sqlite/restore.ts", from: "if (!closesWell(file)) for", to: "if (false) for", tests: RESTORE },
  { keepsOut: "changes that a restore which was killed left half done", file: "core/store/sqlite/restore.ts", from: '"-shm", "-journal"]', to: '"-shm"]', tests: RESTORE },
  { keepsOut: "copies for good that a restore which was killed has left", file: "core/main.ts", from: 'await removeLeftRestore(home.file("loom.db"));', to: "", tests: RESTORE_COMMAND },
  { keepsOut: "a restore under somebody who has the database open", file: "core/store/sqlite/restore.ts", from: "if (await stat(`${file}-wal`).catch(() => null))", to: "if (false)", tests: RESTORE },
  { keepsOut: "a restore under a gateway that runs", file: "core/cli/commands/backup.ts", from: 'lockHome(join(home, "lock.db"))', to: "{ describe: () => {}, release: () => {} }", tests: RESTORE_COMMAND },
  { keepsOut: "managers that start on a damaged database again and again", file: "core/cli/program.ts", from: "isLoomError(error) && UNUSABLE.has(error.code)", to: "false", tests: RESTORE_COMMAND },
  { keepsOut: "a database restored from itself", file: "core/store/sqlite/restore.ts", from: "there && there.ino === found.ino && there.dev === found.dev", to: "false", tests: RESTORE },
  { keepsOut: "restored databases that others may read", file: "core/store/sqlite/restore.ts", from: '{ flags: "wx", mode: 0o600 }', to: '{ flags: "wx" }', tests: RESTORE },

  // Compare and set
  { keepsOut: "two that move a command on", file: "core/store/sqlite/commands.ts", from: 'if (!from.includes(before.status)) return { outcome: "lost" };', to: "", tests: CONTRACT, named: "of moves made at once exactly one wins" },
  { keepsOut: "a command that is asked twice", file: "core/store/sqlite/commands.ts", from: "ON CONFLICT DO NOTHING", to: "", tests: CONTRACT, named: "a command is asked once" },
  { keepsOut: "two that move a run on", file: MOVES, from: "if (run.status !== from) return false;", to: "", tests: CONTRACT, named: "run on at once exactly one wins|of moves that do not hold none is stored" },
  { keepsOut: "two ends of a step, and results stored twice", file: MOVES, from: " || (from !== null && touched.row.status !== from)", to: "", tests: CONTRACT, named: "of moves that do not hold none is stored" },
  { keepsOut: "results of an attempt that was given up", file: "core/run/machine/decide.ts", from: 'if (row.epoch !== happening.epoch) return "old_epoch";', to: "", tests: ["core/run/machine/decide.test.ts"] },
  { keepsOut: "results of a whole run that are copied at once", file: "core/store/sqlite/woven/takeOver.ts", from: "if (isTimeOver()) return id;", to: "", tests: ["core/store/sqlite/woven/takeOver.test.ts"] },
  { keepsOut: "runs that wait for ever for what is damaged", file: "core/run/takeOver.ts", from: 'isLoomError(error) && error.code === "STORE_CORRUPT"', to: "false", tests: ["core/run/recovery.test.ts"], named: "go on from what is damaged" },
  { keepsOut: "results that take the place of newer ones", file: "core/store/sqlite/woven/takeOver.ts", from: " AND status = 'queued'", to: "", tests: CONTRACT, named: "comes part by part" },
  { keepsOut: "retries that go on from one that never had anything", file: "core/run/retryBasis.ts", from: "run.takesOver === null ? run : await driven.get(run.takesOver)", to: "run", tests: ["core/run/control.test.ts"], named: "ended before it began" },
  { keepsOut: "results of an earlier run in one that was to do all anew", file: "core/run/service.ts", from: "takesOver: earlier?.id ?? null,", to: "takesOver: earlier?.id ?? rerunOf,", tests: ["core/run/retryBasis.test.ts"] },
  { keepsOut: "results of an earlier run where the later one has its own", file: "core/store/sqlite/woven/takeOver.ts", from: 'db.run("UPDATE runs SET takes_over = NULL WHERE run_id = ?", runId);', to: "", tests: ["core/run/retryBasis.test.ts"] },
  { keepsOut: "runs that begin without what they go on from", file: "core/run/runner.ts", from: "if (this.run.takesOver === null) void", to: "if (true) void", tests: ["core/run/recovery.test.ts"], named: "takes over" },
  { keepsOut: "runs that go on from what is half forgotten", file: "core/store/sqlite/woven/beginRun.ts", from: 'if (run.takesOver !== null && !hasAll(tx, run.takesOver, run)) return { outcome: "lost" };', to: "", tests: CONTRACT, named: "goes on from" },
  { keepsOut: "retries of what is half forgotten", file: "core/run/retryBasis.ts", from: " || (await isForgotten(weave, basis))", to: "", tests: ["core/run/retryBasis.test.ts"] },
  { keepsOut: "items whose input is half forgotten", file: "core/store/sqlite/woven/beginRun.ts", from: " && readRowId(id).item === null", to: "", tests: CONTRACT, named: "an item is not there any more" },
  { keepsOut: "items without their input, of lists for which there was no room", file: "core/run/machine/rerun.ts", from: "return items.every((item) => item !== undefined) ? items : null;", to: "return items.map((item, index) => item ?? freshStep(itemId(stepId, index)));", tests: ["core/run/machine/rerun.test.ts"] },
  { keepsOut: "inputs that the workflow would refuse, from runs that never began", file: "core/run/service.ts", from: "const isKnown = isLetIn && ", to: "const isKnown = ", tests: ["core/run/retryBasis.test.ts"] },
  { keepsOut: "what an open run goes on from, among what is forgotten", file: "core/store/sqlite/prune.ts", from: "AND run_id NOT IN (SELECT takes_over FROM runs INDEXED BY runs_driven_open WHERE driven = 1 AND finished_at IS NULL AND takes_over IS NOT NULL)", to: "", tests: CONTRACT, named: "goes on from" },
  { keepsOut: "two runs for one start", file: "core/store/sqlite/woven/beginRun.ts", from: 'if (twin !== undefined) return { outcome: "duplicate", runId: twin };', to: "", tests: CONTRACT, named: "a run begins once" },
  { keepsOut: "two that deal with a firing", file: "core/store/sqlite/woven/weave.ts", from: "AND kind = 'woven' AND fired_until = ?", to: "AND kind = 'woven' AND (fired_until = ? OR 1)", tests: CONTRACT, named: "of those who deal with a firing" },
  { keepsOut: "looks that were overtaken", file: "core/store/sqlite/sources.ts", from: "AND look = ? AND retired_at IS NULL", to: "AND (look = ? OR 1) AND retired_at IS NULL", tests: CONTRACT, named: "of looks taken at once exactly one wins" },
  { keepsOut: "looks from before a source was retired", file: "core/store/sqlite/sources.ts", from: 'retired_at = ?, look = look + 1,', to: "retired_at = ?,", tests: CONTRACT, named: "a retired source takes its strands" },
  { keepsOut: "looks at a source that was retired", file: "core/store/sqlite/sources.ts", from: "AND look = ? AND retired_at IS NULL\"", to: "AND look = ?\"", tests: CONTRACT, named: "a retired source takes its strands" },
  { keepsOut: "two judgements of a firing", file: "core/store/sqlite/occurrences.ts", from: "WHERE strand_id = ? AND due_at = ? AND status = ?\"", to: "WHERE strand_id = ? AND due_at = ? AND (status = ? OR 1)\"", tests: CONTRACT, named: "of judgements made at once exactly one holds" },
  { keepsOut: "two that move an entry of a pause on", file: "core/store/sqlite/pauses.ts", from: "AND state = ? AND command_id IS ?`", to: "AND (state = ? OR 1) AND (command_id IS ? OR 1)`", tests: CONTRACT, named: "an entry moves from where it stands" },
  { keepsOut: "two results of one change", file: "core/store/sqlite/audit.ts", from: "WHERE audit_id = ? AND result IS NULL", to: "WHERE audit_id = ?", tests: CONTRACT, named: "with one result" },

  // Trouble that shows, and ends by itself
  { keepsOut: "trouble that nobody hears of", file: "core/store/sqlite/health.ts", from: "if (fault) this.#failed(", to: "if (false) this.#failed(", tests: HEALTH },
  { keepsOut: "trouble that lasts until a restart", file: "core/store/sqlite/health.ts", from: "    this.#look();\n  }\n\n  #look", to: "  }\n\n  #look", tests: HEALTH },
  { keepsOut: "wrong requests that are taken for trouble", file: "core/store/sqlite/health.ts", from: "faults.find(({ code }) => TROUBLES.has(code))", to: "faults[0]", tests: HEALTH },
  { keepsOut: "damage that is forgotten once something can be written", file: "core/store/sqlite/health.ts", from: "return this.#damage ?? this.#failing;", to: "return this.#failing;", tests: HEALTH },
  { keepsOut: "a gateway that says it is ready and can store nothing", file: "core/http/resources/gateway.ts", from: "services.ready() && store.health.trouble === null", to: "services.ready()", tests: ["test/fault/fullDisk.test.ts"], named: "goes on by itself after a disk that answered each change with EROFS" },
  { keepsOut: "a gateway that ends with the file or the reader of its log", file: "core/cli/commands/start.ts", from: "outliveReader();", to: "", tests: ["test/integration/brokenOutput.test.ts"] },
  { keepsOut: "changes that are lost while another program holds the database", file: "core/store/untilStored.ts", from: "!isLoomError(error) || !PASSING.has(error.code)", to: "true", tests: ["core/store/untilStored.test.ts"] },
  { keepsOut: "a look at all runs of a strand for each that its owner tells of", file: "core/store/sqlite/runs.ts", from: "FROM json_each(?) CROSS JOIN runs", to: "FROM json_each(?) JOIN runs", tests: ["core/store/sqlite/walks.test.ts"] },

  // Forgetting
  { keepsOut: "very many events that are forgotten at once", file: "core/store/sqlite/events.ts", from: "const PRUNED = 250;", to: "const PRUNED = 1e9;", tests: PRUNE },
  { keepsOut: "very many firings that are forgotten at once", file: "core/store/sqlite/occurrences.ts", from: "const PRUNED = 250;", to: "const PRUNED = 1e9;", tests: PRUNE },
  { keepsOut: "very many records of the audit log that are forgotten at once", file: "core/store/sqlite/audit.ts", from: "const PRUNED = 500;", to: "const PRUNED = 1e9;", tests: PRUNE },
  { keepsOut: "very many commands that are forgotten at once", file: "core/store/sqlite/prune.ts", from: "const COMMANDS_AT_ONCE = 500;", to: "const COMMANDS_AT_ONCE = 1e9;", tests: PRUNE },
  { keepsOut: "very much code that is forgotten at once", file: "core/store/sqlite/woven/bundles.ts", from: "const PRUNED = 16;", to: "const PRUNED = 1e9;", tests: PRUNE },
  { keepsOut: "very many runs that are forgotten at once", file: "core/store/sqlite/prune.ts", from: "const RUNS_AT_ONCE = 100;", to: "const RUNS_AT_ONCE = 1e9;", tests: PRUNE },
  { keepsOut: "the pages of very many forgotten runs in one checkpoint", file: "core/store/sqlite/prune.ts", from: "if (old.length > 0) carryOver();", to: "", tests: PRUNE, named: "carried over at each call" },
  { keepsOut: "large artifacts that are forgotten at once", file: "core/store/sqlite/prune.ts", from: "      if (isLate()) return { gone, more: true };\n      hasBegun = true;\n      db.run", to: "      db.run", tests: PRUNE },
  { keepsOut: "large outputs that are forgotten at once", file: "core/store/sqlite/prune.ts", from: "        if (isLate()) return { gone, more: true };\n        count = some();", to: "        count = some();", tests: PRUNE },
  { keepsOut: "calls that forget nothing where the machine is busy", file: "core/store/sqlite/prune.ts", from: "hasBegun && isTimeOver()", to: "isTimeOver()", tests: PRUNE },
  { keepsOut: "room that is given back at once", file: "core/store/sqlite/space.ts", from: " && !isLate()", to: "", tests: PRUNE },
  { keepsOut: "a file that is never cut", file: "core/store/sqlite/space.ts", from: "|| !hasMuchFree(db)) carryOver();", to: ") carryOver();", tests: SPACE },
  { keepsOut: "hundreds of megabytes that are cut off at once", file: "core/store/sqlite/space.ts", from: "if (uncut() >= PAGES_CUT ||", to: "if (", tests: SPACE },
  { keepsOut: "hundreds of megabytes that are cut off once a reader has gone", file: "core/store/sqlite/space.ts", from: "if (uncut() < PAGES_UNCUT) {", to: "{", tests: SPACE },
  { keepsOut: "statements by the thousand that have to be collected", file: "core/store/sqlite/space.ts", from: 'db.run("PRAGMA incremental_vacuum(1)")', to: 'db.exec("PRAGMA incremental_vacuum(1)")', tests: SPACE },
  { keepsOut: "writers that come second to room that is given back", file: "core/store/sqlite/rest.ts", from: "await clock.sleep(clock.mono() - began);", to: "", tests: REST },
  { keepsOut: "databases that can give no room back", file: DATABASE, from: 'if (isNew) sqlite.pragma("auto_vacuum = INCREMENTAL");', to: "", tests: SPACE },
  { keepsOut: "copies that can give no room back", file: "core/store/sqlite/backupThread.ts", from: 'if (Number(db.pragma("auto_vacuum")) === 0) db.pragma("auto_vacuum = INCREMENTAL");', to: "", tests: SPACE },

  // Clocks
  { keepsOut: "a history that is forgotten by a clock set wrong", file: "core/store/trustedDate.ts", from: "ahead + UNSEEN_MS > LEAP_MS ?", to: "false ?", tests: DATE },
  { keepsOut: "a history that is forgotten by a clock that leaps again", file: "core/store/trustedDate.ts", from: "Math.min(gap, steady + UNSEEN_MS)", to: "gap", tests: DATE },
  { keepsOut: "negative durations", file: "core/run/ownTime.ts", from: "if (Math.abs(wall - begun.wall - passed) <= SET_MS) return wall;", to: "return wall;", tests: ["core/run/ownTime.test.ts"] },
  { keepsOut: "strands that wait until a clock that was set back has caught up", file: "core/run/trigger/ticker.ts", from: "if (!planned.busy && planned.firedUntil > now + TRIM_MS)", to: "if (false)", tests: TICKER },
  { keepsOut: "strands that go by an alarm of before the clock was set", file: "core/run/trigger/ticker.ts", from: "this.#running.use(this.#clock.interval(LOOK_MS, () => this.#look()));", to: "", tests: TICKER },
  { keepsOut: "gateways that die soon from the last of the firings that they make up for", file: "core/run/trigger/ticker.ts", from: "const NOTED_AT_ONCE = 50;", to: "const NOTED_AT_ONCE = Infinity;", tests: TICKER },
  { keepsOut: "firings that come to two runs", file: "core/run/trigger/ticker.ts", from: "onceKey = `due:${dueAt}`", to: "onceKey = `due:${dueAt}:${Math.random()}`", tests: TICKER },
  { keepsOut: "retries that wait for a clock that ran ahead", file: "core/run/machine/recover.ts", from: "if (retryAt !== null && retryAt > now + step.backoff.maxMs)", to: "if (false)", tests: RECOVER },
  { keepsOut: "new times that nobody notices", file: "core/clock/watch.ts", from: "if (wasSet) tell(", to: "if (false) tell(", tests: ["core/clock/watch.test.ts"] },
  { keepsOut: "sleeps that nobody notices", file: "core/clock/watch.ts", from: "if (slept) tell(", to: "if (false) tell(", tests: ["core/clock/watch.test.ts"] },

  // A crash
  { keepsOut: "commands that nobody sends after a restart", file: "core/command/service.ts", from: 'if (command.status === "asked") this.#enqueue(command);', to: "", tests: COMMANDS, named: "never sent when Loom stopped" },
  { keepsOut: "commands that are taken for under way after a restart", file: "core/command/service.ts", from: 'if (command.status === "sent") await this.#move(', to: "if (false) await this.#move(", tests: COMMANDS, named: "never sent when Loom stopped" },
  { keepsOut: "waits for programs that are another user's by now", file: "core/workflow/isolate/processes.ts", from: '.code !== "EPERM"', to: '.code !== ""', tests: ["core/workflow/isolate/processes.test.ts"] },
  { keepsOut: "disks that are full for good of copies that were not finished", file: "core/run/kernel/backup.ts", from: "await removeLeftParts(folder, (name) => COPY.test(name));", to: "", tests: ["core/run/kernel/kernelExecutors.test.ts"] },
  { keepsOut: "files of others among the copies, and links", file: "core/run/kernel/backup.ts", from: " && writableByOthers(found[i]) === null", to: "", tests: ["core/run/kernel/kernelExecutors.test.ts"], named: "its own copies alone" },
  { keepsOut: "hosts of an earlier start that work on beside the new one", file: "core/workflow/isolate/isolates.ts", from: "...hosts.map((host) => endProcess(clock, host, marker))", to: "", tests: LEFT },
  { keepsOut: "the end of steps of the node from which a database was copied", file: "core/workflow/isolate/processes.ts", from: "if (known !== null && !known.startsWith(marker)) return;", to: "", tests: ["core/workflow/isolate/processes.test.ts"] },
  { keepsOut: "what those hosts have started", file: "core/workflow/isolate/isolates.ts", from: "(group) => group.end(clock));\n    await Promise.all([endProcesses(clock, { marker, spare, except: process.pid }), ...groups, ", to: "() => null);\n    await Promise.all([...groups, ", tests: LEFT },
  { keepsOut: "commands that a fault leaves asked for good", file: "core/command/own.ts", from: "if (!isLoomError(error)) return void (await this.#settle(command, refused(FAULT)));", to: "if (!isLoomError(error)) return;", tests: ["core/command/own.test.ts"] },
  { keepsOut: "commands that a full disk leaves asked until the next start", file: "core/command/own.ts", from: "void (anew ?", to: "void (true ? Promise.resolve() : anew ?", tests: ["core/command/own.test.ts"] },
  { keepsOut: "commands that are carried out though they were withdrawn", file: "core/command/own.ts", from: 'if (known?.command.status !== "asked") return;', to: "if (!known) return;", tests: ["core/command/own.test.ts"] },
  { keepsOut: "commands that are withdrawn while they are carried out", file: "core/command/service.ts", from: "if (this.#own.isUnderWay(id)) throw", to: "if (false) throw", tests: ["core/command/own.test.ts"] },
  { keepsOut: "sources that are never looked at since a read failed once", file: "core/mirror/service.ts", from: "await this.#stored(() => mirror.start());", to: "await mirror.start();", tests: ["core/mirror/service.test.ts"] },
  { keepsOut: "a damaged run that keeps all others from starting", file: "core/run/persist.ts", from: ' || error.kind.retry !== "backoff"', to: "", tests: ["core/run/recovery.test.ts"], named: "waits for nothing that lies" },
  { keepsOut: "runs that cannot go on since their version is forgotten", file: "core/store/sqlite/versions.ts", from: "AND version NOT IN (${OF_OPEN_RUNS})", to: "", tests: CONTRACT, named: "a version stays" },
  { keepsOut: "steps that begin a hundred thousand runs at once", file: "core/run/service.ts", from: "this.#children.add(request.strandId, () => this.#child(request, parent))", to: "this.#child(request, parent)", tests: ["core/run/control.test.ts"] },
  { keepsOut: "ends of steps that are told once and not stored", file: "core/run/liveAttempt.ts", from: '=== "not_stored" && (await this.#parts.persist.rest())', to: '=== "not_stored" && false', tests: ["core/run/recovery.test.ts"], named: "tells again after a while" },
  { keepsOut: "retries that stand still where a look was not stored", file: "core/run/runner.ts", from: "isWorthIt && !this.#isClosed && again()", to: "isWorthIt", tests: ["core/run/recovery.test.ts"], named: "tells again after a while" },
  { keepsOut: "runs that are taken up before those hosts are gone", file: "core/run/service.ts", from: "await isolates.endLeftovers(await this.#parts.persist.write(() => driven.hosts()));", to: "", tests: ["core/run/recovery.test.ts"], named: "ends the processes of an earlier start" },
  { keepsOut: "interrupted attempts that are taken for alive", file: "core/run/machine/recover.ts", from: "if (row.bootId !== given.bootId) takeUp(draft, step, row, given);", to: "", tests: RECOVER },
  { keepsOut: "doing again what may not be done twice", file: "core/run/machine/recover.ts", from: 'final: step.recovers === "crash"', to: "final: false", tests: RECOVER },
  { keepsOut: "attempts that are lost to a wait in line", file: "core/run/machine/recover.ts", from: 'if (row.inLine) return endAttempt(draft, step, row, { is: "displaced" }, given);', to: "", tests: RECOVER },
];
