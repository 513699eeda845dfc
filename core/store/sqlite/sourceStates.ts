import type { SourceHealth, SourceState, SourceStore } from "../contract.ts";
import { bit } from "./cells.ts";
import type { Database } from "./database.ts";
import type { Transaction } from "./transaction.ts";

/** How many states of a source are kept; one that comes and goes must not fill the disk. */
const KEPT = 1000;

type StateRow = Omit<SourceState, "schedulerOn"> & { readonly schedulerOn: number };

const STATES = "SELECT source_id AS sourceId, since, freshness, scheduler_on AS schedulerOn, message FROM source_states";

/** Keeps how a source stands from now on, where that differs from the last that was kept. */
export function keepSourceState(tx: Transaction, sourceId: string, health: Pick<SourceHealth, "freshness" | "schedulerOn" | "message">, at: number): void {
  const { freshness, schedulerOn, message } = health;
  const last = tx.db.get<StateRow>(`${STATES} WHERE source_id = ? ORDER BY since DESC LIMIT 1`, sourceId);
  if (last && last.freshness === freshness && last.schedulerOn === bit(schedulerOn)) return;
  // After a clock was set back, what was said of times that are yet to come is void.
  tx.db.run("DELETE FROM source_states WHERE source_id = ? AND since >= ?", sourceId, at);
  tx.db.run(
    "INSERT INTO source_states (source_id, since, freshness, scheduler_on, message) VALUES (?, ?, ?, ?, ?)",
    sourceId, at, freshness, bit(schedulerOn), message,
  );
  tx.db.run(
    `DELETE FROM source_states WHERE source_id = ? AND since <= (SELECT since FROM source_states WHERE source_id = ? ORDER BY since DESC LIMIT 1 OFFSET ${KEPT})`,
    sourceId, sourceId,
  );
}

/** The state that held at `from`, and those that began before `to`. */
export function sourceStates(db: Database, { sourceId, from, to }: Parameters<SourceStore["states"]>[0]): SourceState[] {
  return db
    .all<StateRow>(
      `${STATES} WHERE source_id = @sourceId AND since < @to
         AND since >= coalesce((SELECT max(since) FROM source_states WHERE source_id = @sourceId AND since <= @from), @from) ORDER BY since`,
      { sourceId, from, to },
    )
    .map((row) => ({ ...row, schedulerOn: row.schedulerOn === 1 }));
}
