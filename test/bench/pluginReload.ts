import { join } from "node:path";
import { systemClock } from "../../core/clock/system.ts";
import { MirrorService } from "../../core/mirror/service.ts";
import { createBundler } from "../../core/modules/bundler.ts";
import { openSqliteStore } from "../../core/store/sqlite/open.ts";
import { quietLog } from "../../core/testing/quietLog.ts";
import { makeHost, plugin } from "../support/pluginHost.ts";
import { percentile } from "./percentile.ts";
import type { BenchRow } from "./row.ts";

const ROUNDS = 40;
const BOUND_MS = 300;
/** Longer than the pause that the mirror keeps between two looks: a person does not save more often. */
const BETWEEN_MS = 300;

/** From the save of a plugin's file to the committed event that tells of its changed strand, on a real store. */
export async function pluginReloadBench(): Promise<BenchRow[]> {
  await using it = await makeHost({ watch: true, watchdog: true });
  const store = await openSqliteStore({ file: join(it.home.path, "loom.db") });
  const mirrors = new MirrorService({ sources: it.registry.sources, store, clock: systemClock, log: quietLog, nodeId: "node", redact: (text) => text });
  const strandIs = async (name: string): Promise<number> => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const stop = store.onCommit((events) => {
      if (events.some(({ type, data }) => type.startsWith("strand.") && JSON.stringify(data).includes(name))) resolve(systemClock.mono());
    });
    return promise.finally(stop);
  };
  const save = (name: string): Promise<void> => it.write({ bench: plugin("bench", `ctx.strands.add({ id: "s", name: ${JSON.stringify(name)} });`) });
  try {
    mirrors.start();
    await it.host.start();
    const added = strandIs("Strand 0.");
    await save("Strand 0.");
    await added;
    const samples: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      await systemClock.sleep(BETWEEN_MS);
      const name = `Strand ${round}.`;
      const changed = strandIs(name);
      const began = systemClock.mono();
      await save(name);
      samples.push((await changed) - began);
    }
    return [row(samples, await bundling(it.home.at("plugins/bench")))];
  } finally {
    await mirrors.stop();
    await store.close();
  }
}

/** The part that no reload can do without. */
async function bundling(folder: string): Promise<number[]> {
  const bundler = createBundler({ hostModules: ["loom-gateway"], clock: systemClock });
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const began = systemClock.mono();
    await bundler.bundle(join(folder, "index.ts"), folder);
    samples.push(systemClock.mono() - began);
  }
  await bundler.dispose();
  return samples;
}

function row(samples: readonly number[], beside: readonly number[]): BenchRow {
  const [p50, p95, bare] = [percentile(samples, 0.5), percentile(samples, 0.95), percentile(beside, 0.95)];
  return {
    what: "save of a plugin → its strand changed (event committed)",
    bound: `p95 ≤ ${BOUND_MS} ms`,
    measured: `p95 ${p95.toFixed(0)} ms (p50 ${p50.toFixed(0)})`,
    beside: `bundling the file alone: p95 ${bare.toFixed(1)} ms`,
    ratio: `${(p95 / bare).toFixed(1)}×`,
    ok: p95 <= BOUND_MS,
  };
}
