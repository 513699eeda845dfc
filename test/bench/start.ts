import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../core/clock/system.ts";
import { eventually } from "../support/eventually.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";
import { percentile } from "./percentile.ts";
import type { BenchRow } from "./row.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const STARTS = 10;
const STRANDS = 50;
/** What a start leaves behind is not idling: the gateway tidies up for about twelve seconds. */
const SETTLE_MS = 15_000;
const IDLE_MS = 20_000;
const MEGABYTE = 1024 * 1024;
/** `/proc/<pid>/stat` counts processor time in these. */
const TICK_MS = 10;

/**
 * How soon the gateway listens, and what it takes while nothing happens. Measured on the built package, with fifty
 * jobs that a plugin mirrors: one that comes with Loom, and one of the user's own, which needs a bundler and a watchdog.
 */
export async function startBench(): Promise<BenchRow[]> {
  execFileSync(process.execPath, [join(repository, "config/build.ts")], { cwd: repository, stdio: "inherit" });
  const folder = await mkdtemp(join(tmpdir(), "loom-bench-"));
  try {
    const [shipped, plain] = [await builtPackage(join(folder, "shipped")), await builtPackage(join(folder, "plain"))];
    await addPlugin(join(shipped, "dist/plugins/bench"), "index.cjs", `const { definePlugin } = require("loom-gateway"); exports.default = ${plugin}`);
    const own = join(folder, "own");
    await addPlugin(join(own, "plugins/bench"), "index.ts", `import { definePlugin } from "loom-gateway"; export default ${plugin}`);
    const ofLoom = { launcher: join(shipped, "dist/core/cli/loom.js"), home: join(folder, "home") };
    await mkdir(ofLoom.home, { mode: 0o700 });
    return [
      await startRow(ofLoom),
      ...(await idleRows(`idle, ${STRANDS} strands`, ofLoom)),
      ...(await idleRows(`… of the user's own plugin`, { launcher: join(plain, "dist/core/cli/loom.js"), home: own })),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Jobs that nothing makes run. */
const plugin = `definePlugin({ setup(ctx) {
  const schedule = { kind: "cron", expression: "0 4 1 1 *", zone: "UTC" };
  const jobs = Array.from({ length: ${STRANDS} }, (_, n) => ({ id: "job-" + n, name: "Job " + n, enabled: true, schedule, steps: [{ id: "run", label: "RUN" }], historyMark: null, definition: { n } }));
  ctx.sources.add({ identity: "bench", label: "Bench", can: { setEnabled: "no", runNow: "no" }, snapshot: async () => ({ jobs }) });
} });`;

interface Installed {
  readonly launcher: string;
  readonly home: string;
}

/** The package as it is built, in a folder of its own. */
async function builtPackage(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await cp(join(repository, "dist"), join(folder, "dist"), { recursive: true });
  await cp(join(repository, "package.json"), join(folder, "package.json"));
  await symlink(join(repository, "node_modules"), join(folder, "node_modules"));
  return folder;
}

async function addPlugin(folder: string, file: string, code: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, "manifest.json"), JSON.stringify({ id: "bench", name: "Bench", version: "1.0.0", apiVersion: "^1.0.0" }));
  await writeFile(join(folder, file), code);
}

async function startRow(installed: Installed): Promise<BenchRow> {
  // The first start makes the database; people wait for all the others.
  await timeToListen(installed);
  const starts = await times(STARTS, () => timeToListen(installed));
  const bare = await times(STARTS, async () => timeOf(() => void execFileSync(process.execPath, ["-e", "0"])));
  const of = (name: keyof Start, share: number): number => percentile(starts.map((start) => start[name]), share);
  const node = percentile(bare, 0.5);
  return {
    what: `start → listening, ${STRANDS} strands (median of ${STARTS})`,
    bound: "≤ 500 ms",
    measured: `${of("took", 0.5).toFixed(0)} ms, p95 ${of("took", 0.95).toFixed(0)} (processor ${of("busy", 0.5)} ms)`,
    beside: `node -e 0: ${node.toFixed(0)} ms; load ${load()}`,
    ratio: `${(of("took", 0.5) / node).toFixed(1)}×`,
    ok: of("took", 0.5) <= 500,
  };
}

interface Start {
  readonly took: number;
  readonly busy: number;
}

async function timeToListen(installed: Installed): Promise<Start> {
  const begun = systemClock.mono();
  await using gateway = await GatewayProcess.start(installed);
  const start = { took: systemClock.mono() - begun, busy: await processorTime(gateway.pid) };
  await gateway.kill("SIGTERM");
  return start;
}

async function idleRows(what: string, installed: Installed): Promise<BenchRow[]> {
  await using gateway = await GatewayProcess.start(installed);
  await eventually(
    async () => (await gateway.all<{ kind: string }>("/strands")).filter(({ kind }) => kind === "mirrored").length,
    (count) => count === STRANDS,
  );
  await systemClock.sleep(SETTLE_MS);
  const before = await processorTime(gateway.pid);
  await systemClock.sleep(IDLE_MS);
  const busy = ((await processorTime(gateway.pid)) - before) / IDLE_MS;
  const [resident, files] = [await memory(gateway.pid, "VmRSS"), await memory(gateway.pid, "RssFile")];
  const bare = Number(execFileSync(process.execPath, ["-e", "console.log(process.memoryUsage.rss())"]));
  return [
    {
      what: `${what}: memory`,
      bound: "≤ 100 MB RSS",
      measured: `${megabytes(resident)} (${megabytes(files)} of it mapped files)`,
      beside: `node -e 0: ${megabytes(bare)}`,
      ratio: `${(resident / bare).toFixed(1)}×`,
      ok: resident <= 100 * MEGABYTE,
    },
    {
      what: `${what}: processor, ${IDLE_MS / 1000} s`,
      bound: "< 1 %",
      measured: `${(busy * 100).toFixed(2)} %`,
      beside: `one core; load ${load()}`,
      ratio: `${busy.toFixed(4)}×`,
      ok: busy < 0.01,
    },
  ];
}

/** User and system time since the process began, in milliseconds. */
async function processorTime(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /s, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

async function memory(pid: number, name: "VmRSS" | "RssFile"): Promise<number> {
  const [, kilobytes] = new RegExp(`${name}:\\s+(\\d+) kB`).exec(await readFile(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

function megabytes(bytes: number): string {
  return `${(bytes / MEGABYTE).toFixed(0)} MB`;
}

function load(): string {
  return loadavg()[0]!.toFixed(1);
}

async function times<T>(count: number, measure: () => Promise<T>): Promise<T[]> {
  const samples: T[] = [];
  for (let n = 0; n < count; n++) samples.push(await measure());
  return samples;
}

function timeOf(work: () => void): number {
  const begun = systemClock.mono();
  work();
  return systemClock.mono() - begun;
}
