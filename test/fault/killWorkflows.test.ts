import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { systemClock } from "../../core/clock/system.ts";
import { eventually } from "../support/eventually.ts";
import { makeFolder } from "../support/folder.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";
import { seededRandom } from "../support/random.ts";
import { ledgerWorkflows, readLedger, type LedgerLine } from "./workflows/ledger.ts";

/** `npm run fault` kills more often. */
const KILLS = Number(process.env["LOOM_TEST_KILLS"] ?? 25);
const SETTLE_MS = 180_000;
const OVER = ["succeeded", "failed", "cancelled", "skipped"];
const STEP_OVER = ["completed", "failed", "failed_crash", "skipped"];

interface Asked {
  readonly runId: string;
  readonly n: number;
}

it(`neither loses nor repeats anything of its workflows when it is killed ${KILLS} times under load`, { timeout: 120_000 + KILLS * 20_000 }, async () => {
  const seed = Number(process.env["LOOM_TEST_SEED"] ?? systemClock.now() % 1_000_000);
  console.log(`seed ${seed} (LOOM_TEST_SEED), ${KILLS} kills (LOOM_TEST_KILLS)`);
  const random = seededRandom(seed);
  await using home = await makeFolder(ledgerWorkflows);
  await home.write({ ledger: "" });
  const ledgerFile = home.at("ledger");
  await using loom = new GatewayProcess({ home: home.path, env: { LOOM_TEST_LEDGER: ledgerFile } });

  const acknowledged: Asked[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    await loom.start();
    const end = new AbortController();
    const asking = askUntil(loom, end.signal, random, acknowledged);
    // From before anything is loaded to well into the work.
    await systemClock.sleep(random() * 4_000);
    await loom.kill("SIGKILL");
    end.abort();
    await asking;
  }

  await loom.start();
  const open = async (): Promise<any[]> => (await loom.api("/runs?limit=1000&status=queued,running,waiting,cancelling")).items;
  await eventually(open, (runs) => runs.every((run) => run.strandId === "ticking"), SETTLE_MS);
  // What the clock started in the last moment goes on after an orderly stop.
  await loom.loom("disable", "ticking");
  await loom.kill("SIGTERM");
  await loom.start();
  await eventually(open, (runs) => runs.length === 0, SETTLE_MS);
  const token = loom.token;
  await loom.kill("SIGTERM");

  const facts = new Facts(home.at("loom.db"), readLedger(readFileSync(ledgerFile, "utf8")));
  expect({
    integrity: facts.integrity(),
    lost: facts.lost(acknowledged),
    endedTwice: facts.endedTwice(),
    open: facts.open(),
    wrongResults: facts.wrongResults(acknowledged),
    goneBack: facts.epochsThatWentBack(),
    doneAgain: facts.doneAfterItsEndWasStored(),
    moreThanAsked: facts.begunMoreOftenThanDispatched(),
    onceOnly: facts.begunTwiceThoughNotAllowed(),
    firingsLost: facts.firingsLost(),
    left: processesOf(ledgerFile),
    toldSecret: filesWith(home.path, token),
  }).toEqual({ integrity: "ok", lost: [], endedTwice: [], open: [], wrongResults: [], goneBack: [], doneAgain: [], moreThanAsked: [], onceOnly: [], firingsLost: [], left: [], toldSecret: ["token"] });
  expect(acknowledged.length).toBeGreaterThan(KILLS);
  console.log(`${acknowledged.length} runs asked for, ${facts.ticks()} firings, ${facts.interrupted()} attempts interrupted`);
});

/** Asks for runs, one after the other, and keeps what was acknowledged. */
async function askUntil(loom: GatewayProcess, over: AbortSignal, random: () => number, acknowledged: Asked[]): Promise<void> {
  while (!over.aborted) {
    const n = 1 + Math.floor(random() * 4);
    const body = JSON.stringify({ input: { n, ms: Math.floor(random() * 200) } });
    const answer = await loom.api("/strands/asked/run", { method: "POST", body, headers: { "content-type": "application/json" } }).catch(() => null);
    const runId = answer?.command.runId ?? answer?.runId;
    if (runId) acknowledged.push({ runId, n });
    // Not there yet, or not any more: it is asked again soon.
    else await systemClock.sleep(20);
    await systemClock.sleep(random() * 120);
  }
}

/** What database and ledger tell once all is over. */
class Facts {
  readonly #db: Database.Database;
  readonly #ledger: readonly LedgerLine[];

  constructor(file: string, ledger: readonly LedgerLine[]) {
    this.#db = new Database(file, { readonly: true });
    this.#ledger = ledger;
  }

  integrity(): unknown {
    return this.#db.pragma("integrity_check", { simple: true });
  }

  /** Runs that somebody was told of and that are not there. */
  lost(acknowledged: readonly Asked[]): string[] {
    const there = new Set(this.#all<{ run_id: string }>("SELECT run_id FROM runs").map(({ run_id }) => run_id));
    return acknowledged.filter(({ runId }) => !there.has(runId)).map(({ runId }) => runId);
  }

  endedTwice(): unknown[] {
    return this.#all("SELECT run_id, count(*) AS times FROM events WHERE type = 'run.finished' GROUP BY run_id HAVING times > 1");
  }

  /** Runs and rows that never came to an end. */
  open(): unknown[] {
    const runs = this.#all<{ status: string }>("SELECT run_id, status FROM runs WHERE strand_id IN ('asked', 'ticking')").filter(({ status }) => !OVER.includes(status));
    const steps = this.#all<{ status: string }>("SELECT run_id, step_id, s.status FROM step_runs s JOIN runs USING (run_id) WHERE strand_id IN ('asked', 'ticking')").filter(({ status }) => !STEP_OVER.includes(status));
    return [...runs, ...steps];
  }

  wrongResults(acknowledged: readonly Asked[]): unknown[] {
    return acknowledged.flatMap(({ runId, n }) => {
      const [run] = this.#all<{ status: string; code: string | null }>("SELECT status, code FROM runs WHERE run_id = ?", runId);
      const [sum] = this.#all<{ result: string }>("SELECT result FROM step_runs WHERE run_id = ? AND step_id = 'sum'", runId);
      const right = JSON.stringify({ sum: (n * (n + 1)) / 2, shaky: "held" });
      if (run?.status === "skipped" && run.code === "queue_full") return [];
      return run?.status === "succeeded" && sum?.result === right ? [] : [{ runId, n, ...run, sum: sum?.result }];
    });
  }

  epochsThatWentBack(): string[] {
    const newest = new Map<string, number>();
    return this.#steps("step.dispatched").flatMap(({ row, data }) => {
      const before = newest.get(row) ?? 0;
      newest.set(row, data.epoch);
      return data.epoch > before ? [] : [`${row}: ${data.epoch} after ${before}`];
    });
  }

  /** Work that began although its end was stored before. */
  doneAfterItsEndWasStored(): LedgerLine[] {
    const ended = new Map(this.#steps("step.completed").map(({ row, at }) => [row, at]));
    return this.#ledger.filter(({ key, what, at }) => what === "begin" && at > (ended.get(key) ?? Infinity));
  }

  begunMoreOftenThanDispatched(): string[] {
    const dispatched = Map.groupBy(this.#steps("step.dispatched"), ({ row }) => row);
    return [...this.#begun()].filter(([row, lines]) => lines.length > (dispatched.get(row)?.length ?? 0)).map(([row]) => row);
  }

  begunTwiceThoughNotAllowed(): string[] {
    return [...this.#begun()].filter(([row, lines]) => row.endsWith("/once") && lines.length > 1).map(([row]) => row);
  }

  /** Seconds between the first and the last firing that came to no run. */
  firingsLost(): number[] {
    const dues = this.#all<{ external_key: string }>("SELECT external_key FROM runs WHERE strand_id = 'ticking' AND external_key LIKE 'due:%'").map(({ external_key }) => Number(external_key.slice(4)));
    const there = new Set(dues);
    const [first, last] = [Math.min(...dues), Math.max(...dues)];
    return Array.from({ length: (last - first) / 1_000 }, (_, i) => first + i * 1_000).filter((due) => !there.has(due));
  }

  ticks(): number {
    return this.#all("SELECT 1 FROM runs WHERE strand_id = 'ticking'").length;
  }

  interrupted(): number {
    return this.#all("SELECT 1 FROM attempts WHERE code = 'interrupted'").length;
  }

  #begun(): Map<string, LedgerLine[]> {
    return Map.groupBy(this.#ledger.filter(({ what }) => what === "begin"), ({ key }) => key);
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

/** Processes that still have this test's ledger in their environment. */
function processesOf(ledgerFile: string): string[] {
  const isOurs = (pid: string): boolean => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").includes(ledgerFile);
    } catch {
      return false;
    }
  };
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isOurs(name));
}

/** Files below a folder that hold a text. */
function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(text))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
