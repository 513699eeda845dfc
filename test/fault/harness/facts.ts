import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Asked, Ledger } from "./load.ts";
import type { LedgerLine } from "./ledgerWorkflows.ts";

const OVER = ["succeeded", "failed", "cancelled", "skipped"];
const STEP_OVER = ["completed", "failed", "failed_crash", "skipped"];

/** What the database tells once all is over, beside what was acknowledged and what the steps wrote down themselves. */
export class Facts implements Disposable {
  readonly #db: Database.Database;
  readonly #done: readonly LedgerLine[];
  readonly #told: Ledger;

  constructor(file: string, done: readonly LedgerLine[], told: Ledger) {
    this.#db = new Database(file, { readonly: true });
    [this.#done, this.#told] = [done, told];
  }

  /** What is wrong, by what should hold; each list is empty where it holds. */
  findings(): Readonly<Record<string, readonly unknown[]>> {
    return {
      damaged: this.#damaged(),
      lost: this.#lost(),
      runsNobodyAskedFor: this.#runsNobodyAskedFor(),
      endedTwice: this.#all("SELECT run_id, count(*) AS times FROM events WHERE type = 'run.finished' GROUP BY run_id HAVING times > 1"),
      open: this.#open(),
      wrongResults: this.#told.runs.flatMap((run) => this.#wrongResult(run)),
      epochsGoneBack: this.#epochsGoneBack(),
      doneAfterItsEndWasStored: this.#doneAfterItsEndWasStored(),
      moreThanDispatched: this.#moreThanDispatched(),
      onceOnlyTwice: [...this.#begun()].filter(([row, lines]) => row.endsWith("/once") && lines.length > 1).map(([row]) => row),
      firingsLost: this.#firingsLost(),
      tokensLost: this.#tokensLost(),
      tokensTwice: this.#all("SELECT name, count(*) AS times FROM tokens GROUP BY name HAVING times > 1"),
      revokedTokensBack: this.#told.revoked.filter((id) => this.#all("SELECT 1 FROM tokens WHERE token_id = ? AND revoked_at IS NOT NULL", id).length !== 1),
      changesNotKept: this.#changesNotKept(),
      commandsUnsettled: this.#all("SELECT command_id, status FROM commands WHERE status IN ('asked', 'sent')"),
      commandsLost: this.#told.commands.filter((id) => this.#all("SELECT 1 FROM commands WHERE command_id = ?", id).length !== 1),
    };
  }

  /** In words, what there was to go wrong. */
  summary(): string {
    const count = (sql: string): number => this.#all<{ n: number }>(`SELECT count(*) AS n FROM ${sql}`)[0]!.n;
    return [
      `${this.#told.runs.length} runs asked for`, `${count("runs WHERE strand_id = 'ticking'")} firings`, `${count("attempts WHERE code = 'interrupted'")} attempts interrupted`,
      `${this.#told.tokens.length} tokens made`, `${this.#told.revoked.length} revoked`, `${this.#told.commands.length} commands to OpenClaw`, `${count("audit WHERE result IS NULL")} changes cut off`,
    ].join(", ");
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  #damaged(): unknown[] {
    const whole = this.#db.pragma("integrity_check", { simple: true });
    return [...(whole === "ok" ? [] : [whole]), ...(this.#db.pragma("foreign_key_check") as unknown[])];
  }

  /** Runs that somebody was told of and that are not there. */
  #lost(): Asked[] {
    return this.#told.runs.filter(({ runId }) => this.#all("SELECT 1 FROM runs WHERE run_id = ?", runId).length === 0);
  }

  /** Each wish was asked until it was acknowledged, under one key: it has one run. */
  #runsNobodyAskedFor(): unknown[] {
    const told = new Set(this.#told.runs.map(({ runId }) => runId));
    const twice = this.#told.runs.length - told.size;
    const more = this.#all<{ run_id: string }>("SELECT run_id FROM runs WHERE strand_id = 'asked'").filter(({ run_id }) => !told.has(run_id));
    return twice > 0 ? [...more, `${twice} runs for two wishes`] : more;
  }

  /** Runs and rows that never came to an end. */
  #open(): unknown[] {
    const runs = this.#all<{ status: string }>("SELECT run_id, status FROM runs WHERE strand_id IN ('asked', 'ticking')").filter(({ status }) => !OVER.includes(status));
    const steps = this.#all<{ status: string }>("SELECT run_id, step_id, s.status FROM step_runs s JOIN runs USING (run_id) WHERE strand_id IN ('asked', 'ticking')").filter(({ status }) => !STEP_OVER.includes(status));
    return [...runs, ...steps];
  }

  #wrongResult({ runId, n }: Asked): unknown[] {
    const [run] = this.#all<{ status: string; code: string | null }>("SELECT status, code FROM runs WHERE run_id = ?", runId);
    const [sum] = this.#all<{ result: string }>("SELECT result FROM step_runs WHERE run_id = ? AND step_id = 'sum'", runId);
    const right = JSON.stringify({ sum: (n * (n + 1)) / 2, shaky: "held" });
    if (run?.status === "skipped" && run.code === "queue_full") return [];
    return run?.status === "succeeded" && sum?.result === right ? [] : [{ runId, n, ...run, sum: sum?.result }];
  }

  #epochsGoneBack(): string[] {
    const newest = new Map<string, number>();
    return this.#steps("step.dispatched").flatMap(({ row, data }) => {
      const before = newest.get(row) ?? 0;
      newest.set(row, data.epoch);
      return data.epoch > before ? [] : [`${row}: ${data.epoch} after ${before}`];
    });
  }

  #doneAfterItsEndWasStored(): LedgerLine[] {
    const ended = new Map(this.#steps("step.completed").map(({ row, at }) => [row, at]));
    return this.#done.filter(({ key, what, at }) => what === "begin" && at > (ended.get(key) ?? Infinity));
  }

  #moreThanDispatched(): string[] {
    const dispatched = Map.groupBy(this.#steps("step.dispatched"), ({ row }) => row);
    return [...this.#begun()].filter(([row, lines]) => lines.length > (dispatched.get(row)?.length ?? 0)).map(([row]) => row);
  }

  /** Seconds between the first and the last firing that came to no run. */
  #firingsLost(): number[] {
    const dues = this.#all<{ external_key: string }>("SELECT external_key FROM runs WHERE strand_id = 'ticking' AND external_key LIKE 'due:%'").map(({ external_key }) => Number(external_key.slice(4)));
    const there = new Set(dues);
    const first = dues.reduce((a, b) => Math.min(a, b), Infinity);
    const last = dues.reduce((a, b) => Math.max(a, b), first);
    return Array.from({ length: (last - first) / 1_000 }, (_, i) => first + i * 1_000).filter((due) => !there.has(due));
  }

  #tokensLost(): string[] {
    return this.#told.tokens.filter(({ id, name }) => this.#all("SELECT 1 FROM tokens WHERE token_id = ? AND name = ?", id, name).length !== 1).map(({ name }) => name);
  }

  /** Each was asked for once, and answered: so who wanted it is kept once, with what came of it. */
  #changesNotKept(): unknown[] {
    return this.#told.tokens.flatMap(({ name }) => {
      const kept = this.#all<{ result: string | null }>("SELECT result FROM audit WHERE json_extract(detail, '$.name') = ?", name);
      return kept.length === 1 && kept[0]!.result === "done" ? [] : [{ name, kept }];
    });
  }

  #begun(): Map<string, LedgerLine[]> {
    return Map.groupBy(this.#done.filter(({ what }) => what === "begin"), ({ key }) => key);
  }

  #steps(type: string): { row: string; at: number; data: { epoch: number } }[] {
    return this.#all<{ run_id: string; at: number; data: string }>("SELECT run_id, at, data FROM events WHERE type = ? ORDER BY seq", type).map(({ run_id, at, data }) => {
      const told = JSON.parse(data) as { stepId: string; epoch: number };
      return { row: `${run_id}/${told.stepId}`, at, data: told };
    });
  }

  #all<T = unknown>(sql: string, ...values: unknown[]): T[] {
    return this.#db.prepare(sql).all(...values) as T[];
  }
}

/** Processes that still have this text in their environment. */
export function processesWith(text: string): string[] {
  const isOurs = (pid: string): boolean => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").includes(text);
    } catch {
      return false;
    }
  };
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isOurs(name));
}

/** Files below a folder that hold a text. */
export function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(text))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
