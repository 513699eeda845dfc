import { systemClock } from "../../core/clock/system.ts";
import { StrandIndex } from "../../core/registry/strandIndex.ts";
import { Ticker } from "../../core/run/trigger/ticker.ts";
import { quietLog } from "../../core/testing/quietLog.ts";
import { RunHome } from "../support/runHome.ts";
import { percentile } from "./percentile.ts";
import type { BenchRow } from "./row.ts";

/** Of 1,000 all but 32 wait for a thread, of 40 only some. */
const DUE_AT_ONCE = [40, 1_000];
const WARM_UP = 400;
const IDLE = 10_000;
const IDLE_MS = 20_000;
/** Time to lay all down, and for what that left to do. */
const LEAD_MS = 12_000;

/** How late strands start that are due in the same second, and what ten thousand cost that are not due. */
export async function dueBench(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const strands of DUE_AT_ONCE) rows.push(...(await ticking(strands, LEAD_MS, measureDue)));
  return [...rows, ...(await ticking(IDLE, -3_600_000, measureIdle))];
}

/** So many scheduled workflows, each a file of its own with one step of code in it, and a ticker on them. */
async function ticking(strands: number, leadMs: number, measure: (home: RunHome, strands: number, start: () => Promise<Ticker>) => Promise<BenchRow[]>): Promise<BenchRow[]> {
  await using home = await RunHome.open();
  // As in a gateway that has been up for a while.
  await home.weave('{ id: "warm", name: "W", concurrency: { runs: 1000 }, steps: [{ id: "do", label: "DO", run: ({ progress }) => progress(1) }] }');
  await Promise.all(Array.from({ length: WARM_UP }, () => home.run("warm")));
  const due = new Date(Math.ceil((systemClock.now() + leadMs) / 1_000) * 1_000);
  const schedule = `${due.getUTCSeconds()} ${due.getUTCMinutes()} ${due.getUTCHours()} * * *`;
  const names = Array.from({ length: strands }, (_, i) => `strand-${i}`);
  await Promise.all(names.map((id) => home.weave(`{ id: "${id}", name: "${id}", schedule: { cron: "${schedule}", zone: "UTC" }, steps: [{ id: "do", label: "DO", run: ({ progress }) => progress(1) }] }`)));
  const index = new StrandIndex(home.store, quietLog, systemClock);
  await index.start();
  const { store, runs } = home;
  const ticker = new Ticker({ index, strands: store.strands, weave: store.weave, runs, run: (id) => store.runs.get(id), clock: systemClock, log: quietLog, upSince: systemClock.now() });
  try {
    return await measure(home, strands, async () => (ticker.start(), ticker));
  } finally {
    await ticker.stop();
    await index.stop();
  }
}

async function measureDue(home: RunHome, strands: number, start: () => Promise<Ticker>): Promise<BenchRow[]> {
  const ticker = await start();
  const dueAt = ticker.nextAt("strand-0")!;
  const [started, begun]: [number[], number[]] = [[], []];
  const all = Promise.withResolvers<void>();
  home.store.onCommit((events) => {
    for (const { type } of events) if (type === "step.dispatched") started.push(systemClock.now() - dueAt);
  });
  home.runs.onNews(({ is }) => {
    if (is !== "progress") return;
    begun.push(systemClock.now() - dueAt);
    if (begun.length >= strands) all.resolve();
  });
  if (dueAt <= systemClock.now()) throw new Error("it took too long to lay the strands down");
  await all.promise;
  const [p50, p99] = [percentile(started, 0.5), percentile(started, 0.99)];
  const beside = `its first line p50 ${ms(percentile(begun, 0.5))}, p99 ${ms(percentile(begun, 0.99))}`;
  return [{ what: `${strands.toLocaleString("en")} workflows due at once: due → run running and step dispatched, stored`, bound: "p99 ≤ 250 ms", measured: `p99 ${ms(p99)}, p50 ${ms(p50)}`, beside, ratio: "—", ok: p99 <= 250 && started.length === strands }];
}

async function measureIdle(_home: RunHome, _strands: number, start: () => Promise<Ticker>): Promise<BenchRow[]> {
  const without = await cpuShare();
  const begun = systemClock.mono();
  await start();
  const took = systemClock.mono() - begun;
  const share = await cpuShare();
  return [{ what: "10,000 scheduled strands that are not due", bound: "< 1 % CPU", measured: percent(share), beside: `without them ${percent(without)}; taken up in ${ms(took)}`, ratio: "—", ok: share < 0.01 }];
}

/** How much of one core this process uses while nothing is asked of it. */
async function cpuShare(): Promise<number> {
  await systemClock.sleep(2_000);
  const [before, begun] = [process.cpuUsage(), systemClock.mono()];
  await systemClock.sleep(IDLE_MS);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / (systemClock.mono() - begun);
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
