import { systemClock } from "../../core/clock/system.ts";
import { createModuleLoader } from "../../core/modules/loader.ts";
import { libraryStage, workflow, type LibraryStage } from "../support/libraryStage.ts";
import { percentile } from "./percentile.ts";
import type { BenchRow } from "./row.ts";

const FILES = 100;
const ROUNDS = 60;
const BOUND_MS = 150;
const COLD_ROUNDS = 5;
/** So that no save falls into the look of the one before: a person does not save more often. */
const BETWEEN_MS = 100;
const IMPORT = 'import { note } from "./lib/note.ts";\n';

/** From the save of one of a hundred workflows to the committed event that tells of it, on a real store. */
export async function workflowSaveBench(): Promise<BenchRow[]> {
  const files = Array.from({ length: FILES }, (_, n) => [`home/workflows/w${n}.ts`, `${n === 0 ? IMPORT : ""}${workflow(`w${n}`, n === 0 ? "description: note," : "")}`]);
  await using stage = await libraryStage({ ...Object.fromEntries(files), "home/workflows/lib/note.ts": note("none") }, { watch: true });
  await stage.library.start();
  // The first one starts the process that reads.
  await saved(stage, "w1", "First.");
  const own: number[] = [];
  const helper: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await systemClock.sleep(BETWEEN_MS);
    own.push(await saved(stage, `w${1 + (round % (FILES - 1))}`, `Round ${round}.`));
    await systemClock.sleep(BETWEEN_MS);
    helper.push(await timeToEvent(stage, () => stage.save({ "workflows/lib/note.ts": note(`Round ${round}.`) })));
  }
  const cold: number[] = [];
  for (let round = 0; round < COLD_ROUNDS; round++) {
    await stage.restart();
    await systemClock.sleep(BETWEEN_MS);
    cold.push(await saved(stage, "w2", `Cold ${round}.`));
  }
  const bare = percentile(await bundling(stage), 0.95);
  return [
    row(`save of one of ${FILES} workflows → its strand changed (event committed)`, own, bare),
    row("… of a file that it imports", helper, bare),
    { ...row("… the first one after a pause, which starts a process", cold, bare), bound: "", ok: true },
  ];
}

function note(text: string): string {
  return `export const note = ${JSON.stringify(text)};\n`;
}

function saved(stage: LibraryStage, id: string, name: string): Promise<number> {
  return timeToEvent(stage, () => stage.save({ [`workflows/${id}.ts`]: workflow(id, `description: ${JSON.stringify(name)},`) }));
}

async function timeToEvent(stage: LibraryStage, act: () => Promise<void>): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const stop = stage.store.onCommit((events) => {
    if (events.some(({ type }) => type === "strand.edited")) resolve(systemClock.mono());
  });
  const began = systemClock.mono();
  await act();
  return (await promise.finally(stop)) - began;
}

/** The part that no save can do without. */
async function bundling({ folder }: LibraryStage): Promise<number[]> {
  const modules = createModuleLoader({ hostModules: { "loom-gateway": { defineWorkflow: (spec: object) => spec } }, clock: systemClock });
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const began = systemClock.mono();
    (await modules.load(folder.at("home/workflows/w0.ts"), { root: folder.at("home/workflows") })).dispose();
    samples.push(systemClock.mono() - began);
  }
  await modules.dispose();
  return samples;
}

function row(what: string, samples: readonly number[], bare: number): BenchRow {
  const [p50, p95] = [percentile(samples, 0.5), percentile(samples, 0.95)];
  return { what, bound: `p95 ≤ ${BOUND_MS} ms`, measured: `p95 ${p95.toFixed(0)} ms (p50 ${p50.toFixed(0)})`, beside: `bundling and running it alone: p95 ${bare.toFixed(1)} ms`, ratio: `${(p95 / bare).toFixed(1)}×`, ok: p95 <= BOUND_MS };
}
