import { execFileSync } from "node:child_process";
import { mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../core/clock/system.ts";
import { eventually } from "../support/eventually.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";
import { percentile } from "./percentile.ts";
import type { BenchRow } from "./row.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const launcher = join(repository, "dist/core/cli/loom.js");
const STARTS = 7;
const STRANDS = 50;
const IDLE_MS = 20_000;
const MEGABYTE = 1024 * 1024;
/** `/proc/<pid>/stat` counts processor time in these. */
const TICK_MS = 10;

/** How soon the gateway listens, and what it takes while nothing happens. Measured on the built package's files. */
export async function startBench(): Promise<BenchRow[]> {
  execFileSync(process.execPath, [join(repository, "config/build.ts")], { cwd: repository, stdio: "inherit" });
  const home = await mkdtemp(join(tmpdir(), "loom-bench-"));
  try {
    await addStrands(home);
    // The first start makes the database; people wait for all the others.
    await timeToListen(home);
    const starts = await times(STARTS, () => timeToListen(home));
    const bare = await times(STARTS, async () => timeOf(() => void execFileSync(process.execPath, ["-e", "0"])));
    return [startRow(starts, bare), ...(await idleRows(home))];
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function timeToListen(home: string): Promise<number> {
  const begun = systemClock.mono();
  await using gateway = await GatewayProcess.start({ home, launcher });
  const took = systemClock.mono() - begun;
  await gateway.kill("SIGTERM");
  return took;
}

function startRow(starts: readonly number[], bare: readonly number[]): BenchRow {
  const [start, node] = [percentile(starts, 0.5), percentile(bare, 0.5)];
  return {
    what: `start → listening, built, ${STRANDS} strands (median of ${STARTS})`,
    bound: "≤ 500 ms",
    measured: `${start.toFixed(0)} ms (slowest ${Math.max(...starts).toFixed(0)})`,
    beside: `node -e 0: ${node.toFixed(0)} ms`,
    ratio: `${(start / node).toFixed(1)}×`,
    ok: start <= 500,
  };
}

async function idleRows(home: string): Promise<BenchRow[]> {
  await using gateway = await GatewayProcess.start({ home, launcher });
  await eventually(
    async () => (await gateway.all("/strands")).length,
    (count) => count === STRANDS,
  );
  // What a start leaves behind is not idling.
  await systemClock.sleep(3000);
  const before = await processorTime(gateway.pid);
  await systemClock.sleep(IDLE_MS);
  const busy = ((await processorTime(gateway.pid)) - before) / IDLE_MS;
  const resident = await residentBytes(gateway.pid);
  const bare = Number(execFileSync(process.execPath, ["-e", "console.log(process.memoryUsage.rss())"]));
  return [
    {
      what: `gateway idle with ${STRANDS} strands: memory`,
      bound: "≤ 100 MB RSS",
      measured: `${(resident / MEGABYTE).toFixed(0)} MB`,
      beside: `node -e 0: ${(bare / MEGABYTE).toFixed(0)} MB`,
      ratio: `${(resident / bare).toFixed(1)}×`,
      ok: resident <= 100 * MEGABYTE,
    },
    {
      what: `gateway idle with ${STRANDS} strands: processor, ${IDLE_MS / 1000} s`,
      bound: "< 1 %",
      measured: `${(busy * 100).toFixed(2)} %`,
      beside: "one core",
      ratio: `${busy.toFixed(4)}×`,
      ok: busy < 0.01,
    },
  ];
}

/** A plugin with strands that nothing makes run. */
async function addStrands(home: string): Promise<void> {
  const folder = join(home, "plugins/bench");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, "manifest.json"), JSON.stringify({ id: "bench", name: "Bench", version: "1.0.0", apiVersion: "^1.0.0" }));
  await writeFile(
    join(folder, "index.ts"),
    `import { definePlugin } from "loom-gateway";
    export default definePlugin({ setup(ctx) { for (let n = 0; n < ${STRANDS}; n++) ctx.strands.add({ id: "strand-" + n, name: "Strand " + n, schedule: { kind: "cron", expression: "0 4 1 1 *", zone: "UTC" } }); } });`,
  );
}

async function processorTime(pid: number): Promise<number> {
  // The program's name is in brackets and may hold blanks; the fields after it may not.
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /s, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

async function residentBytes(pid: number): Promise<number> {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

async function times(count: number, measure: () => Promise<number>): Promise<number[]> {
  const samples: number[] = [];
  for (let n = 0; n < count; n++) samples.push(await measure());
  return samples;
}

function timeOf(work: () => void): number {
  const begun = systemClock.mono();
  work();
  return systemClock.mono() - begun;
}
