import { describe, expect, it } from "vitest";
import type { ObservedRun } from "../../core/mirror/contract.ts";
import { SourceProblem } from "../../core/mirror/problem.ts";
import { strandStatus } from "../../core/registry/strandStatus.ts";
import { MirrorFixture } from "../support/mirrorFixture.ts";
import { mirrored } from "../support/mirrored.ts";
import { finishedRun, ScriptedSource } from "../support/scriptedSource.ts";

const NOON = Date.UTC(2026, 10, 21, 12);

const runsOf = async (loom: MirrorFixture, name: string): Promise<string[]> =>
  (await loom.store.runs.list({ strandId: loom.strand(name)!.id, limit: 100 })).items.map((run) => `${run.externalKey} ${run.status}`);

describe("the mirror", () => {
  it("puts every job of a source on the page as a strand with a lasting id", async () => {
    const { loom } = await mirrored((source) => (source.add("a"), source.add("b", { enabled: false })));
    await using _loom = loom;
    const [source] = loom.index.sources();
    expect([...loom.index.strands()].map((strand) => [strand.id, strand.enabled]).sort()).toEqual([
      [`${source!.id}:a`, true],
      [`${source!.id}:b`, false],
    ]);
    expect(source!.id).toMatch(/^scripted:[0-9a-z]+$/);
    expect(source!.health.freshness).toBe("fresh");
  });

  it("shows a run from its start to its end", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    source.begin("a", NOON + 1000);
    await loom.look();
    expect(strandStatus(loom.strand("job a")!)).toBe("running");
    source.finish("a", NOON + 1000);
    await loom.look();
    expect(strandStatus(loom.strand("job a")!)).toBe("ok");
    expect(await runsOf(loom, "job a")).toEqual([`${NOON + 1000} succeeded`]);
    expect(loom.told().filter((type) => /^(run|step)\./.test(type))).toEqual([
      "run.started",
      "step.started",
      "step.completed",
      "step.skipped",
      "run.finished",
    ]);
  });

  it("records a run that was over before anybody looked", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    source.finish("a", NOON + 1000, { status: "failed", error: "exit 3" });
    await loom.look();
    expect(await runsOf(loom, "job a")).toEqual([`${NOON + 1000} failed`]);
    expect(strandStatus(loom.strand("job a")!)).toBe("failed");
  });

  it("looks at once when the source wakes it", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    await loom.clock.advance(1_000);
    const looks = source.looks;
    source.add("b");
    source.wake();
    await loom.until(() => loom.strand("job b") !== undefined);
    expect(source.looks).toBe(looks + 1);
  });

  it("calls a job overdue by the grace that a person has set, as soon as it is set", async () => {
    const { loom } = await mirrored((source) => source.add("a", { nextRunAt: NOON - 90_000, schedule: { kind: "every", everyMs: 600_000 } }));
    await using _loom = loom;
    const strand = loom.strand("job a")!;
    expect(strand.overdue).toBe(true);
    for (const [graceMs, overdue] of [[600_000, false], [1_000, true]] as const) {
      await loom.store.strands.setGrace(strand.id, graceMs, NOON);
      loom.mirrors.setGrace(strand, graceMs);
      await loom.until(() => loom.strand("job a")!.overdue === overdue);
    }
  });

  it("finds by polling what no wake-up told", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    source.add("b");
    const before = loom.clock.mono();
    await loom.until(() => loom.strand("job b") !== undefined);
    expect(loom.clock.mono() - before).toBeLessThanOrEqual(16_000);
  });

  it("looks once or twice for a thousand wake-ups, and finds nothing to do the second time", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    await loom.clock.advance(1_000);
    const looks = source.looks;
    for (let n = 0; n < 1_000; n++) {
      source.edit("a", { name: `job ${n}` });
      source.wake();
    }
    await loom.until(() => loom.strand("job 999") !== undefined);
    await loom.clock.advance(1_000);
    expect(source.looks - looks).toBeLessThanOrEqual(2);
    const told = loom.told().length;
    source.wake();
    await loom.look();
    expect(loom.told()).toHaveLength(told);
  });

  it("offers what the source can do now, although it could do more or less before", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    const offered = (): unknown => [...loom.index.sources()][0]!.can;
    const tooOld = "It is too old to be asked.";
    Object.assign(source, { can: { setEnabled: tooOld, runNow: tooOld } });
    await loom.look();
    expect(offered()).toEqual({ setEnabled: tooOld, runNow: tooOld });
    const ask = { strandId: loom.strand("job a")!.id, kind: "run", by: "me" } as const;
    await expect(loom.commands.ask(ask)).rejects.toThrow(tooOld);
    await loom.close();
    await loom.open();
    expect(offered()).toEqual({ setEnabled: tooOld, runNow: tooOld });
    Object.assign(source, { can: { setEnabled: true, runNow: true } });
    await loom.look();
    expect(offered()).toEqual({ setEnabled: true, runNow: true });
    expect((await loom.commands.ask(ask)).strandId).toBe(ask.strandId);
  });

  it("imports the whole history once, and only what is new after that", async () => {
    const { loom, source } = await mirrored((source) => {
      source.add("a");
      for (let hour = 7; hour > 0; hour--) source.finish("a", NOON - hour * 3_600_000, hour === 3 ? { status: "failed" } : {});
    });
    await using _loom = loom;
    expect(await runsOf(loom, "job a")).toHaveLength(7);
    source.pagesRead.length = 0;
    source.finish("a", NOON + 1000);
    await loom.look();
    expect(await runsOf(loom, "job a")).toHaveLength(8);
    expect(source.pagesRead).toEqual(["a@0"]);
  });

  it("keeps as much of an output's end as it is told to, and hands no more to the store", async () => {
    const MiB = 1_048_576;
    const long = (text: string): ObservedRun["steps"] => [{ id: "exec", status: "completed", output: `${text.repeat(MiB)}the end` }];
    const { loom } = await mirrored((source) => {
      source.add("a");
      source.finish("a", NOON - 7_200_000, { steps: long("ab") });
      source.finish("a", NOON - 3_600_000, { steps: long("äöü") });
    }, { fullOutputBytes: 3 * MiB });
    await using _loom = loom;
    const { items } = await loom.store.runs.list({ strandId: loom.strand("job a")!.id, limit: 10 });
    const [cut, whole] = await Promise.all(items.map(({ id }) => loom.store.runs.output(id, "exec")));
    expect([whole!.text.length, whole!.bytes]).toEqual([2 * MiB + 7, 2 * MiB + 7]);
    expect(cut!.bytes).toBe(6 * MiB + 7);
    expect(Buffer.byteLength(cut!.text)).toBeGreaterThan(3 * MiB - 4);
    expect(Buffer.byteLength(cut!.text)).toBeLessThanOrEqual(3 * MiB);
    expect(cut!.text.endsWith("üthe end")).toBe(true);
  });

  it("does not turn red for what failed before Loom came, but for the last run", async () => {
    const { loom } = await mirrored((source) => {
      source.add("old trouble");
      source.finish("old trouble", NOON - 7_200_000, { status: "failed" });
      source.finish("old trouble", NOON - 3_600_000);
      source.add("last trouble");
      source.finish("last trouble", NOON - 7_200_000, { status: "failed" });
      source.finish("last trouble", NOON - 3_600_000, { status: "failed" });
    });
    await using _loom = loom;
    expect(loom.strand("job old trouble")!.redRuns).toBe(0);
    expect(loom.strand("job last trouble")!.redRuns).toBe(1);
    expect(loom.told()).not.toContain("run.finished");
  });

  it("goes on with an import that was cut off, without a gap or a double", async () => {
    const loom = await MirrorFixture.start();
    await using _loom = loom;
    const source = new ScriptedSource();
    source.add("a");
    for (let n = 0; n < 9; n++) source.finish("a", NOON - (9 - n) * 60_000);
    const readable = source.runs.bind(source);
    let pages = 0;
    source.runs = async (jobId, page) => {
      if (++pages === 3) throw new SourceProblem("unreachable", "cut off");
      return readable(jobId, page);
    };
    loom.register(source);
    await loom.until(() => pages >= 3);
    await loom.look();
    expect(await runsOf(loom, "job a")).toHaveLength(9);
  });

  it("imports the runs of all jobs but those at which the source says that it cannot be reached, and asks for these last", async () => {
    const loom = await MirrorFixture.start();
    await using _loom = loom;
    const source = new ScriptedSource();
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    for (const name of names) {
      source.add(name);
      source.finish(name, NOON - 60_000);
    }
    const readable = source.runs.bind(source);
    const asked: string[] = [];
    source.runs = async (jobId, page) => {
      asked.push(jobId);
      if ("abcde".includes(jobId)) throw new SourceProblem("unreachable", "its log is a folder");
      return readable(jobId, page);
    };
    loom.register(source);
    // After three in a row it is taken for the source, until the next look.
    await loom.until(() => asked.length === 3);
    const imported = async (): Promise<string[]> => (await Promise.all(names.map(async (name) => ((await runsOf(loom, `job ${name}`)).length > 0 ? [name] : [])))).flat();
    asked.length = 0;
    await loom.look();
    await loom.look();
    expect(await imported()).toEqual(["f", "g", "h"]);
    expect(asked.indexOf("h")).toBeLessThan(asked.indexOf("a"));
  });

  it("deletes nothing when the source cannot be read, and says since when and why", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    source.trouble = new SourceProblem("unreachable", "connection refused", { help: "Start it." });
    await loom.look();
    const [health] = [...loom.index.sources()].map((one) => one.health);
    expect(health).toMatchObject({ freshness: "stale", message: "connection refused", help: "Start it." });
    expect(loom.strand("job a")).toBeDefined();
    source.trouble = null;
    await loom.look();
    expect([...loom.index.sources()][0]!.health).toMatchObject({ freshness: "fresh", message: null });
  });

  it("calls a hung source stale after its deadline, and goes on when it answers again", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    const snapshot = source.snapshot.bind(source);
    source.snapshot = () => new Promise(() => {});
    source.wake();
    await loom.until(() => [...loom.index.sources()][0]!.health.freshness === "stale");
    source.snapshot = snapshot;
    await loom.until(() => [...loom.index.sources()][0]!.health.freshness === "fresh");
  });

  it("keeps the last runs of a job that is removed", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    const id = loom.strand("job a")!.id;
    source.finish("a", NOON + 1000);
    source.jobs.delete("a");
    await loom.look();
    expect(loom.strand("job a")!.goneAt).not.toBeNull();
    expect((await loom.store.runs.list({ strandId: id, limit: 10 })).items.map((run) => run.externalKey)).toEqual([`${NOON + 1000}`]);
  });

  it("keeps the runs of a job that came and went between two looks", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    source.add("brief");
    source.finish("brief", NOON + 1000);
    source.departed = [source.jobs.get("brief")!];
    source.jobs.delete("brief");
    await loom.look();
    const [home] = loom.index.sources();
    expect((await loom.store.runs.list({ strandId: `${home!.id}:brief`, limit: 10 })).items).toHaveLength(1);
  });

  it("waits for a run that the history shows late, and calls it lost only when it never comes", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    source.begin("a", NOON + 1000);
    await loom.look();
    source.edit("a", { running: null, historyMark: "later" });
    await loom.look();
    expect(strandStatus(loom.strand("job a")!)).toBe("running");
    await loom.until(() => strandStatus(loom.strand("job a")!) === "failed");
    expect((await loom.store.runs.list({ strandId: loom.strand("job a")!.id, limit: 1 })).items[0]).toMatchObject({ status: "failed", code: "lost" });
    source.finish("a", NOON + 1000);
    await loom.look();
    expect(await runsOf(loom, "job a")).toEqual([`${NOON + 1000} succeeded`]);
  });

  it.each([["goes on", false], ["is restarted", true]])("finds a run that its owner writes down a minute late, although nothing else tells of it, when Loom %s", async (_how, restart) => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    source.begin("a", NOON + 1000);
    await loom.look();
    source.edit("a", { running: null, historyMark: "ended" });
    await loom.look();
    await loom.until(() => strandStatus(loom.strand("job a")!) === "failed");
    if (restart) await loom.close();
    await loom.clock.advance(60_000);
    source.history.set("a", [finishedRun(NOON + 1000)]);
    if (restart) await loom.open();
    await loom.until(() => strandStatus(loom.strand("job a")!) === "ok");
    expect(await runsOf(loom, "job a")).toEqual([`${NOON + 1000} succeeded`]);
  });

  it("waits for the run that a job says was its newest, also where its history shows an earlier one first", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    source.history.set("a", [finishedRun(NOON + 1000)]);
    source.edit("a", { historyMark: "second", newestRun: String(NOON + 5000) });
    await loom.look();
    source.history.set("a", [finishedRun(NOON + 1000), finishedRun(NOON + 5000)]);
    await loom.until(() => loom.strand("job a")!.recent.length === 2);
    expect(await runsOf(loom, "job a")).toEqual([`${NOON + 5000} succeeded`, `${NOON + 1000} succeeded`]);
  });

  it.each([["goes on", false], ["is restarted", true]])("finds an end that its owner, come back, tells beneath a newer one, although nothing else tells of it, when Loom %s", async (_how, restart) => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    source.finish("a", NOON + 1000);
    await loom.look();
    source.trouble = new SourceProblem("unreachable", "connection refused", { help: "Start it." });
    if (restart) await loom.close();
    else await loom.look();
    await loom.clock.advance(60_000);
    source.trouble = null;
    source.finish("a", NOON + 60_000);
    if (restart) await loom.open();
    await loom.look();
    await loom.until(() => loom.strand("job a")!.recent.length === 2);
    source.history.set("a", [...source.history.get("a")!, finishedRun(NOON + 30_000)]);
    await loom.until(() => loom.strand("job a")!.recent.length === 3);
    expect(await runsOf(loom, "job a")).toEqual([`${NOON + 60_000} succeeded`, `${NOON + 30_000} succeeded`, `${NOON + 1000} succeeded`]);
  });

  it("gives up on a run that its owner never tells of", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    source.begin("a", NOON + 1000);
    await loom.look();
    source.edit("a", { running: null, historyMark: "ended" });
    const halfAnHour = async (): Promise<void> => {
      for (let n = 0; n < 120; n++) {
        await loom.clock.advance(15_000);
        await loom.look();
      }
    };
    await halfAnHour();
    const read = source.pagesRead.length;
    await halfAnHour();
    expect(source.pagesRead).toHaveLength(read);
    expect(loom.told().filter((type) => type.startsWith("run."))).toEqual(["run.started", "run.finished"]);
  });

  it("finds after a restart what ran while Loom was down", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    source.begin("a", NOON + 1000);
    await loom.look();
    await loom.close();
    source.finish("a", NOON + 1000);
    source.finish("a", NOON + 5000);
    source.begin("a", NOON + 9000);
    await loom.open();
    await loom.look();
    expect(await runsOf(loom, "job a")).toEqual([`${NOON + 9000} running`, `${NOON + 5000} succeeded`, `${NOON + 1000} succeeded`]);
  });

  it("keeps its strands when the plugin is reloaded, and takes them off when it goes", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    const next = new ScriptedSource();
    next.add("a");
    next.add("b");
    loom.register(next);
    await loom.look();
    expect(source.watched).toBe(false);
    expect(next.watched).toBe(true);
    expect(loom.told()).not.toContain("strand.removed");
    expect([...loom.index.strands()]).toHaveLength(2);
    loom.unregister();
    await loom.until(() => [...loom.index.strands()].length === 0);
  });
});
