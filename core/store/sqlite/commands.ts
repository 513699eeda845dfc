import type { CommandRecord, CommandStatus, CommandStore, Duplicate, Lost, NewCommand, NotFound, Ok, Page } from "../contract.ts";
import { json } from "./cells.ts";
import { linkRun } from "./commandLinks.ts";
import { COMMANDS, getCommand } from "./commandRows.ts";
import type { Database } from "./database.ts";
import { inOrder, pageOf, pageSize, positionOf, type Walk } from "./paging.ts";
import type { Transaction } from "./transaction.ts";

type Patch = NonNullable<Parameters<CommandStore["move"]>[4]>;
type Filter = Parameters<CommandStore["list"]>[0];

const SETTLED: readonly CommandStatus[] = ["confirmed", "refused", "unknown"];

export function addCommand(tx: Transaction, command: NewCommand): Ok<{ readonly command: CommandRecord }> | Duplicate {
  const { id, strandId, kind, by, askedAt, onceKey = null, given } = command;
  const added = tx.db.run(
    `INSERT INTO commands (command_id, strand_id, source_id, kind, status, asked_by, asked_at, once_key, given) VALUES (?, ?, ?, ?, 'asked', ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
    id, strandId, command.sourceId, kind, by, askedAt, onceKey, given ? json(given) : null,
  );
  if (added === 0) return { outcome: "duplicate" };
  const stored = getCommand(tx.db, id)!;
  tx.emit({ at: askedAt, type: "command.asked", strandId, data: { ...stored } });
  return { outcome: "ok", command: stored };
}

export function moveCommand(
  tx: Transaction,
  id: string,
  from: readonly CommandStatus[],
  to: CommandStatus,
  at: number,
  patch: Patch = {},
): Ok<{ readonly command: CommandRecord }> | Lost | NotFound {
  const before = tx.moved.get(id) ?? getCommand(tx.db, id);
  if (!before) return { outcome: "not_found" };
  // Holds until the commit: the transaction is the only one that writes.
  if (!from.includes(before.status)) return { outcome: "lost" };
  const after = {
    ...before,
    ...patch,
    status: to,
    sentAt: to === "sent" ? at : before.sentAt,
    settledAt: SETTLED.includes(to) ? at : null,
  };
  tx.db.run("UPDATE commands SET status = ?, sent_at = ?, settled_at = ? WHERE command_id = ?", to, after.sentAt, after.settledAt, id);
  // Apart, since most moves tell none of it and one of its columns is indexed.
  if (Object.keys(patch).length > 0) {
    tx.db.run(
      "UPDATE commands SET reason = ?, expected_wait_ms = ?, owner_run_id = ?, run_id = ? WHERE command_id = ?",
      after.reason, after.expectedWaitMs, after.ownerRunId, after.runId, id,
    );
  }
  const runId = after.runId ?? linkRun(tx, after);
  const moved = runId === after.runId ? after : { ...after, runId };
  tx.moved.set(id, moved);
  tx.emit({ at, type: `command.${to}`, strandId: after.strandId, runId, data: moved });
  return { outcome: "ok", command: moved };
}

/**
 * Walks the index that fits the filter, so that a page of a status that few have costs no more than one of all: once for
 * each status, since no index is in order of time over several of them.
 */
export function listCommands(db: Database, filter: Filter): Page<CommandRecord> {
  const size = pageSize(filter.limit);
  const walks = filter.status && filter.strandId === undefined ? [...new Set(filter.status)].map((status) => walkOf({ ...filter, status: [status] })) : [walkOf(filter)];
  const rows = inOrder<CommandRecord>(db, walks, "asked_at DESC, command_id DESC", size + 1);
  return pageOf(rows, size, (row) => row, (row) => ({ time: row.askedAt, id: row.id }));
}

function walkOf({ strandId, status, cursor }: Filter): Walk {
  const { time, id } = positionOf(cursor);
  const conditions = ["(asked_at, command_id) < (?, ?)"];
  const values: (string | number)[] = [time, id];
  if (strandId !== undefined) {
    conditions.push("strand_id = ?");
    values.push(strandId);
  }
  if (status) {
    conditions.push(`status IN (${status.map(() => "?").join(", ")})`);
    values.push(...status);
  }
  const index = strandId !== undefined ? "commands_by_strand" : status ? "commands_by_status" : "commands_by_time";
  return { sql: `${COMMANDS} INDEXED BY ${index} WHERE ${conditions.join(" AND ")}`, values };
}
