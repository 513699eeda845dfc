import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { resumed } from "../../../core/run/machine/rerun.ts";
import type { RunStatus, Store } from "../../../core/store/contract.ts";
import { aFailedRun, aRun, runOf, T, typesDuring, withStrands } from "../fixtures.ts";
import type { StoreCase } from "../store.contract.ts";
import { aNewRun, DrivenStage, takeAllOver } from "../wovenFixtures.ts";

const MINUTE = 60_000;

/** A strand with so many runs, one a minute from `T` on; those in `failed` have failed. */
async function withRuns(store: Store, count: number, failed: readonly number[] = []): Promise<void> {
  await withStrands(store, "a");
  const finished = Array.from({ length: count }, (_, n) => {
    const times = { startedAt: T + n * MINUTE, finishedAt: T + n * MINUTE + 1000 };
    return failed.includes(n) ? aFailedRun(`k${n}`, times) : aRun(`k${n}`, { ...times, steps: [{ id: "exec", status: "completed", output: "line\n".repeat(2000) }] });
  });
  await store.runs.observe({ strandId: "a", at: T, finished });
}

/** Prunes until there is nothing left to do. */
async function pruneAll(store: Store, before: number, keep: number): Promise<number> {
  let gone = 0;
  for (let more = true; more; ) {
    const answer = await store.runs.prune("a", before, keep);
    gone += answer.gone;
    more = answer.more;
  }
  return gone;
}

/** The minutes in which the runs that are left began. */
async function minutesLeft(store: Store, status?: readonly RunStatus[]): Promise<number[]> {
  const { items } = await store.runs.list({ strandId: "a", limit: 1000, ...(status && { status }) });
  return items.map(({ startedAt }) => (startedAt - T) / MINUTE).toReversed();
}

export const upkeepCases: readonly StoreCase[] = [
  {
    name: "old runs are forgotten with all that belongs to them, and others stay",
    async run({ store }) {
      await withRuns(store, 250);
      const [oldest, newest] = [await runOf(store, "a", "k0"), await runOf(store, "a", "k249")];
      expect(await pruneAll(store, T + 30 * MINUTE, 0)).toBe(30);
      expect((await minutesLeft(store))[0]).toBe(30);
      expect(await store.runs.get(oldest.run.id)).toBeNull();
      expect(await store.runs.output(oldest.run.id, "exec")).toBeNull();
      expect(await store.runs.output(newest.run.id, "exec")).toMatchObject({ bytes: 10_000 });
      expect(await pruneAll(store, T + 30 * MINUTE, 0)).toBe(0);
      expect(await store.runs.prune("nobody", T + 30 * MINUTE, 0)).toEqual({ gone: 0, more: false });
    },
  },
  {
    name: "a strand's newest runs are kept however old they are, a hundred at least",
    async run({ store }) {
      await withRuns(store, 250);
      expect(await pruneAll(store, T + 999 * MINUTE, 200)).toBe(50);
      expect(await pruneAll(store, T + 999 * MINUTE, 0)).toBe(100);
      expect((await minutesLeft(store))[0]).toBe(150);
      const [strand] = await store.strands.getMany(["a"]);
      expect([strand!.recent.length, strand!.p95Ms]).toEqual([20, 1000]);
    },
  },
  {
    name: "what asks for a person, and what is under way, is not forgotten",
    async run({ store }) {
      await withRuns(store, 200, [3, 5]);
      await store.runs.acknowledge((await runOf(store, "a", "k3")).run.id, "ann", T);
      await store.runs.observe({ strandId: "a", at: T, finished: [], running: { key: "long", startedAt: T - MINUTE } });
      expect(await pruneAll(store, T + 10 * MINUTE, 0)).toBe(9);
      expect((await minutesLeft(store)).slice(0, 3)).toEqual([-1, 5, 10]);
      await store.runs.acknowledge((await runOf(store, "a", "k5")).run.id, "ann", T);
      expect(await pruneAll(store, T + 10 * MINUTE, 0)).toBe(1);
    },
  },
  {
    name: "a driven run is forgotten with its artifacts, attempts and outputs",
    async run({ store }) {
      const stage = await DrivenStage.begun(store, [{ id: "one" }]);
      const at = stage.machine.now;
      await store.driven.appendOutput({ runId: "r1", step: "one", text: "line\n", at });
      for (const name of ["a", "b"]) await store.driven.keepArtifact({ runId: "r1", step: "one", name, kind: "bytes", data: Buffer.alloc(2_000_000), at });
      stage.machine.completed("one");
      await stage.store({ step: "one", result: "1" });
      const skipped = { status: "skipped", code: "overlap", cancel: null, steps: new Map() } as const;
      for (let n = 0; n < 100; n++) await store.driven.begin(aNewRun(`s${n}`, skipped, { at: T + MINUTE + n }));
      expect(await pruneAll(store, T + 999 * MINUTE, 0)).toBe(1);
      expect([await store.driven.get("r1"), await store.driven.artifacts("r1"), await store.driven.attempts("r1"), await store.driven.outputAfter("r1", "one", 0, 10)]).toEqual([null, [], [], null]);
    },
  },
  {
    name: "a run that an open one goes on from is not forgotten before that has ended, and one that is forgotten is not gone on from",
    async run({ store }) {
      const first = await DrivenStage.begun(store, [{ id: "one" }, { id: "two", dependsOn: ["one"] }]);
      first.machine.completed("one");
      first.machine.ended("two", { is: "failed", code: "broken", final: true });
      await first.store({ step: "one", result: "1" });
      await store.runs.acknowledge("r1", "ann", T);
      const state = resumed(first.machine.plan, (await store.driven.get("r1"))!.state);
      await store.driven.begin(aNewRun("r2", state, { rerunOf: "r1", takesOver: "r1", at: T + 1 }));
      const skipped = { status: "skipped", code: "overlap", cancel: null, steps: new Map() } as const;
      for (let n = 0; n < 100; n++) await store.driven.begin(aNewRun(`s${n}`, skipped, { at: T + MINUTE + n }));
      expect(await pruneAll(store, T + 999 * MINUTE, 0)).toBe(0);
      await takeAllOver(store, "r2");
      expect(JSON.parse(await store.driven.results("r2", ["one"]))).toEqual({ one: 1 });
      const second = new DrivenStage(store, [{ id: "one" }, { id: "two", dependsOn: ["one"] }], { runId: "r2", run: state });
      second.machine.admit();
      second.machine.completed("two");
      await second.store({ step: "two", result: "2" });
      expect(await pruneAll(store, T + 999 * MINUTE, 0)).toBeGreaterThan(0);
      expect(await store.driven.get("r1")).toBeNull();
      expect(await store.driven.begin(aNewRun("r3", state, { rerunOf: "r1", takesOver: "r1" }))).toEqual({ outcome: "lost" });
      expect(await store.driven.get("r3")).toBeNull();
    },
  },
  {
    name: "runs that are forgotten make no events",
    async run({ store }) {
      await withRuns(store, 200);
      expect(await typesDuring(store, () => pruneAll(store, T + 999 * MINUTE, 0))).toEqual([]);
    },
  },
  {
    name: "settled commands are forgotten, and those that are still to be answered stay",
    async run({ store }) {
      await withStrands(store, "a");
      for (const n of [1, 2, 3, 4]) await store.commands.add({ id: `c${n}`, strandId: "a", sourceId: null, kind: "run", by: "ann", askedAt: T + n });
      for (const n of [1, 3, 4]) await store.commands.move(`c${n}`, ["asked"], "confirmed", T + n);
      expect(await store.commands.prune(T + 4)).toBe(2);
      expect((await store.commands.list({ limit: 10 })).items.map(({ id }) => id)).toEqual(["c4", "c2"]);
      expect(await store.commands.prune(T + 4)).toBe(0);
    },
  },
  {
    name: "a backup is a whole database of that moment, which nobody else may read",
    async run({ store }) {
      await withRuns(store, 20);
      const folder = await mkdtemp(join(tmpdir(), "loom-backup-"));
      try {
        const file = join(folder, "copy.db");
        const { bytes } = await store.backup(file);
        const { size, mode } = await stat(file);
        expect([bytes, mode & 0o777]).toEqual([size, 0o600]);
        expect(await readdir(folder)).toEqual(["copy.db"]);
        await expect(store.backup(file)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", message: `${file} is there already.` });
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  },
  {
    name: "writes go on while a backup is written, and closing waits for it",
    async run({ store }) {
      await withRuns(store, 200);
      const folder = await mkdtemp(join(tmpdir(), "loom-backup-"));
      try {
        const backup = store.backup(join(folder, "copy.db"));
        await store.kv.set("p", "k", 1);
        const closing = store.close();
        expect((await backup).bytes).toBeGreaterThan(0);
        await closing;
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  },
  {
    name: "of a backup that cannot be written nothing is left",
    async run({ store }) {
      const folder = await mkdtemp(join(tmpdir(), "loom-backup-"));
      try {
        await expect(store.backup(join(folder, "no/folder/copy.db"))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
        await writeFile(join(folder, "copy.db.part-999999999-1-abcdef"), "of one that was interrupted", { mode: 0o600 });
        await store.backup(join(folder, "copy.db"));
        expect(await readdir(folder)).toEqual(["copy.db"]);
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  },
];
