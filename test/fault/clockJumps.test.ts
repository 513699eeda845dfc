import Sqlite from "better-sqlite3";
import { expect, it } from "vitest";
import { systemClock } from "../../core/clock/system.ts";
import { eventually } from "../support/eventually.ts";
import { makeFolder } from "../support/folder.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";
import { UnkindMachine } from "../support/unkindMachine.ts";
import { ledgerWorkflows } from "./harness/ledgerWorkflows.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const JSON_BODY = { "content-type": "application/json" };
/** A run that takes a second was not begun an hour ago. */
const LONGEST_RUN_MS = 60_000;

it("numbers, fires, measures and keeps what it is told as before when the clock is set by an hour or by months, either way", { timeout: 300_000 }, async () => {
  await using home = await makeFolder({ ...ledgerWorkflows, ledger: "" });
  using machine = new UnkindMachine(home.path);
  await using loom = new GatewayProcess({ home: home.path, env: { ...machine.env, LOOM_TEST_LEDGER: home.at("ledger") } });
  await loom.start();
  await eventually(async () => (await fetch(`${loom.address}/readyz`)).ok, Boolean);
  const twoHours = await make(loom, "for two hours", systemClock.now() + 2 * HOUR);
  const session = await signIn(loom);
  const names = ["for two hours"];
  const runs: string[] = [];
  expect(await letIn(loom, { authorization: `Bearer ${twoHours}` })).toBe(200);
  expect(await letIn(loom, session)).toBe(200);

  for (const [name, clockMs] of [["an hour later", HOUR], ["an hour back", 0], ["before that", -HOUR], ["months later", 60 * DAY], ["months before", -60 * DAY], ["as it was", 0]] as const) {
    const fired = await firings(loom);
    // In the middle of a run.
    const runId = await run(loom, 1_500);
    machine.be({ clockMs });
    await make(loom, name);
    names.push(name);
    runs.push(runId);
    await eventually(async () => (await loom.api(`/runs/${runId}`)).status, (status) => status === "succeeded");
    await eventually(async () => (await firings(loom)) > fired, Boolean);
    // Whoever may come in for a time may no longer when the clock says that it is over.
    const isOver = clockMs > 2 * HOUR;
    expect([name, await letIn(loom, { authorization: `Bearer ${twoHours}` })]).toEqual([name, isOver ? 401 : 200]);
    if (isOver) expect(await letIn(loom, session)).toBe(401);
    expect((await fetch(`${loom.address}/readyz`)).status).toBe(200);
  }
  const audit = (await loom.all("/audit")).filter(({ action }) => action === "POST /api/loom/tokens");
  expect(audit.map(({ detail }) => detail.name).sort()).toEqual(names.toSorted());
  await loom.kill("SIGTERM");

  using facts = new Facts(home.at("loom.db"));
  expect(facts.durations(runs).filter((ms) => ms < 0 || ms > LONGEST_RUN_MS)).toEqual([]);
  expect(facts.firedTwice()).toEqual([]);
  expect(facts.numbersGoneBack()).toEqual([]);
});

class Facts implements Disposable {
  readonly #db: Sqlite.Database;

  constructor(file: string) {
    this.#db = new Sqlite(file, { readonly: true });
  }

  durations(runs: readonly string[]): number[] {
    return runs.map((id) => (this.#db.prepare("SELECT finished_at - started_at AS ms FROM runs WHERE run_id = ?").get(id) as { ms: number }).ms);
  }

  firedTwice(): unknown[] {
    return this.#db.prepare("SELECT external_key, count(*) AS times FROM runs WHERE strand_id = 'ticking' GROUP BY external_key HAVING times > 1").all();
  }

  /** Events of a run whose numbers are not in the order of what happened. */
  numbersGoneBack(): unknown[] {
    const rows = this.#db.prepare("SELECT run_id, min(CASE WHEN type = 'run.queued' OR type = 'run.started' THEN seq END) AS begun, max(CASE WHEN type = 'run.finished' THEN seq END) AS ended FROM events WHERE run_id IS NOT NULL GROUP BY run_id").all();
    return rows.filter((row) => (row as { begun: number }).begun > ((row as { ended: number | null }).ended ?? Infinity));
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}

async function make(loom: GatewayProcess, name: string, expiresAt?: number): Promise<string> {
  const body = { name, ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }) };
  return (await loom.api("/tokens", { method: "POST", headers: JSON_BODY, body: JSON.stringify(body) })).secret;
}

async function run(loom: GatewayProcess, ms: number): Promise<string> {
  return (await loom.api("/strands/asked/run", { method: "POST", headers: JSON_BODY, body: JSON.stringify({ input: { n: 1, ms } }) })).command.runId;
}

async function firings(loom: GatewayProcess): Promise<number> {
  return (await loom.all("/strands/ticking/runs")).filter(({ status }) => status === "succeeded").length;
}

/** What a browser sends once it has signed in. */
async function signIn(loom: GatewayProcess): Promise<Record<string, string>> {
  const own = { origin: loom.address, "sec-fetch-site": "same-origin" };
  const code = loom.signInLink.split("#sign-in=")[1];
  const answer = await fetch(`${loom.address}/api/loom/session`, { method: "POST", headers: { ...JSON_BODY, ...own }, body: JSON.stringify({ code }) });
  const { key } = (await answer.json()) as { key: string };
  return { ...own, cookie: answer.headers.get("set-cookie")!.split(";")[0]!, "x-loom-key": key };
}

async function letIn(loom: GatewayProcess, headers: Record<string, string>): Promise<number> {
  return (await fetch(`${loom.address}/api/loom/gateway`, { headers })).status;
}
