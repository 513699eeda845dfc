import { describe, expect, it } from "vitest";
import { SourceProblem } from "../../core/mirror/problem.ts";
import { strandStatus } from "../../core/registry/strandStatus.ts";
import { MirrorFixture } from "../support/mirrorFixture.ts";
import { ScriptedSource } from "../support/scriptedSource.ts";

const NOON = Date.UTC(2026, 10, 21, 12);

async function mirrored(prepare: (source: ScriptedSource) => void): Promise<{ loom: MirrorFixture; source: ScriptedSource }> {
  const loom = await MirrorFixture.start();
  const source = new ScriptedSource();
  prepare(source);
  loom.register(source);
  await loom.until(() => source.looks > 0);
  await loom.look();
  return { loom, source };
}

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

  it("finds by polling what no wake-up told", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    source.add("b");
    const before = loom.clock.mono();
    await loom.until(() => loom.strand("job b") !== undefined);
    expect(loom.clock.mono() - before).toBeLessThanOrEqual(16_000);
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

describe("what changed where a job is kept", () => {
  const marks = (loom: MirrorFixture, name: string): string[] => loom.strand(name)?.changes.map((change) => change.kind) ?? ["off the page"];

  it("is no news at the first look, and asks to be acknowledged from then on", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    source.add("b", { by: "agent main" });
    source.edit("a", { definition: { id: "a", text: "other" } });
    await loom.look();
    expect(marks(loom, "job a")).toEqual(["edited"]);
    expect(loom.strand("job a")!.changes[0]).toMatchObject({ fields: ["text"], fromVersion: 1, version: 2, ackAt: null });
    expect(loom.strand("job b")!.changes).toMatchObject([{ kind: "new", by: "agent main" }]);
    expect((await loom.store.changes.versions(loom.strand("job a")!.id)).map(({ version, definition }) => [version, definition])).toEqual([
      [2, { id: "a", text: "other" }],
      [1, { id: "a" }],
    ]);
  });

  it("keeps a strand that vanished on the page until that is acknowledged", async () => {
    const { loom, source } = await mirrored((source) => (source.add("a"), source.add("b")));
    await using _loom = loom;
    const { id } = loom.strand("job a")!;
    source.jobs.delete("a");
    await loom.look();
    expect(marks(loom, "job a")).toEqual(["vanished"]);
    expect(loom.strand("job a")!.goneAt).not.toBeNull();
    await expect(loom.commands.ask({ strandId: id, kind: "run", by: "ann" })).rejects.toMatchObject({ code: "COMMAND_UNSUPPORTED" });
    await loom.store.changes.acknowledge(id, "ann", loom.clock.now());
    await loom.until(() => loom.strand("job a") === undefined);
    source.add("a");
    await loom.look();
    expect(marks(loom, "job a")).toEqual(["returned"]);
  });

  it("does not wonder at a job that was to run once, ran and went", async () => {
    const { loom, source } = await mirrored((source) => (source.add("a"), source.add("once", { schedule: { kind: "at", atMs: NOON + 1_000 } })));
    await using _loom = loom;
    await loom.pass(5_000);
    source.jobs.delete("once");
    await loom.look();
    expect(loom.strand("job once")).toBeUndefined();
  });

  it("takes an enabling or disabling for no edit", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    source.edit("a", { enabled: false, disabledReason: "too many failures" });
    await loom.look();
    expect(marks(loom, "job a")).toEqual([]);
    expect(loom.strand("job a")).toMatchObject({ enabled: false, version: 1 });
  });
});

describe("a source that loses its jobs", () => {
  const five = (source: ScriptedSource): void => ["a", "b", "c", "d", "e"].forEach((id) => source.add(id));
  const health = (loom: MirrorFixture) => [...loom.index.sources()][0]!.health;

  it("is suspect, and its strands stay as they were", async () => {
    const { loom, source } = await mirrored(five);
    await using _loom = loom;
    source.jobs.clear();
    await loom.look();
    const read = health(loom).lastGoodReadAt;
    await loom.pass(60_000);
    expect([...loom.index.strands()].map((strand) => strand.goneAt)).toEqual([null, null, null, null, null]);
    expect(health(loom)).toMatchObject({ freshness: "suspect", message: "It had 5 jobs and now shows 0. Gone: job a, job b, job c and 2 more." });
    expect(health(loom).lastGoodReadAt).toBe(read);
  });

  it("goes on telling what it still has, and is fresh again when they come back", async () => {
    const { loom, source } = await mirrored(five);
    await using _loom = loom;
    const all = [...source.jobs];
    for (const id of ["a", "b", "c", "d"]) source.jobs.delete(id);
    source.edit("e", { enabled: false });
    await loom.look();
    expect(health(loom).freshness).toBe("suspect");
    expect(loom.strand("job e")!.enabled).toBe(false);
    for (const [id, job] of all) source.jobs.set(id, job);
    await loom.look();
    expect(health(loom)).toMatchObject({ freshness: "fresh", message: null });
    expect(loom.told()).not.toContain("strand.removed");
  });

  it("is believed when a person accepts it, and only then", async () => {
    const { loom, source } = await mirrored(five);
    await using _loom = loom;
    source.jobs.clear();
    await loom.look();
    await loom.pumped(loom.mirrors.accept([...loom.index.sources()][0]!.id));
    await loom.until(() => [...loom.index.strands()].length === 0);
    expect(health(loom).freshness).toBe("fresh");
    five(source);
    await loom.look();
    source.jobs.clear();
    await loom.look();
    expect(health(loom).freshness).toBe("suspect");
  });
});

describe("commands", () => {
  it("are confirmed when the owner shows the change", async () => {
    const { loom } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    const command = await loom.commands.ask({ strandId: loom.strand("job a")!.id, kind: "disable", by: "ann" });
    expect(command.status).toBe("asked");
    await loom.until(async () => (await loom.store.commands.get(command.id))!.status === "confirmed");
    expect(loom.strand("job a")!.enabled).toBe(false);
    expect(loom.told().filter((type) => type.startsWith("command."))).toEqual(["command.asked", "command.sent", "command.confirmed"]);
  });

  it("carry the owner's words when it refuses", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    source.answer = async () => ({ accepted: false, reason: "already running" });
    const { id } = await loom.commands.ask({ strandId: loom.strand("job a")!.id, kind: "run", by: "ann" });
    await loom.until(async () => (await loom.store.commands.get(id))!.settledAt !== null);
    expect(await loom.store.commands.get(id)).toMatchObject({ status: "refused", reason: "already running", expectedWaitMs: null });
  });

  it("are asked again when their owner names a time for it", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    let asked = 0;
    source.answer = async () => (++asked === 1 ? { accepted: false, reason: "rate limit exceeded", retryAfterMs: 40_000 } : { accepted: true });
    const began = loom.clock.now();
    const { id } = await loom.commands.ask({ strandId: loom.strand("job a")!.id, kind: "run", by: "ann" });
    await loom.until(() => asked === 1);
    await loom.until(async () => (await loom.store.commands.get(id))!.status === "asked");
    expect(await loom.store.commands.get(id)).toMatchObject({ reason: "rate limit exceeded", expectedWaitMs: 40_000 });
    await loom.until(async () => (await loom.store.commands.get(id))!.status === "confirmed");
    expect(loom.clock.now() - began).toBeGreaterThanOrEqual(40_000);
  });

  it("wait in a queue for their owner's limit, with an estimate, in the order in which they were asked", async () => {
    const { loom, source } = await mirrored((source) => ["a", "b", "c"].forEach((id) => source.add(id)));
    await using _loom = loom;
    const passed: string[] = [];
    const began = loom.clock.mono();
    // One ask each ten seconds.
    source.limit = (ahead) => Math.max(0, began + (passed.length + ahead) * 10_000 - loom.clock.mono());
    source.answer = async (jobId) => (passed.push(`${jobId} ${Math.round((loom.clock.mono() - began) / 1000)}`), { accepted: true });
    const commands = [];
    for (const name of ["job a", "job b", "job c"]) commands.push(await loom.commands.ask({ strandId: loom.strand(name)!.id, kind: "run", by: "ann" }));
    expect(commands.at(-1)!.expectedWaitMs).toBeGreaterThan(15_000);
    await loom.until(() => passed.length === 3);
    expect(passed).toEqual(["a 0", "b 10", "c 20"]);
  });

  it("that wait in the queue can be withdrawn, and no others", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    const asked: string[] = [];
    source.answer = async (jobId) => (asked.push(jobId), { accepted: true });
    source.limit = () => (loom.clock.mono() < 60_000 ? 60_000 : 0);
    const { id } = await loom.commands.ask({ strandId: loom.strand("job a")!.id, kind: "run", by: "ann" });
    expect(await loom.commands.withdraw(id, "bob")).toMatchObject({ status: "refused", reason: "Withdrawn by bob before it was sent." });
    await expect(loom.commands.withdraw(id, "bob")).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(loom.commands.withdraw("nope", "bob")).rejects.toMatchObject({ code: "NOT_FOUND" });
    await loom.pass(120_000);
    expect(asked).toEqual([]);
  });

  it("that waited for more than an hour are not sent any more", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    const [strandId, sourceId] = [loom.strand("job a")!.id, loom.strand("job a")!.sourceId];
    await loom.store.commands.add({ id: "old", strandId, sourceId, kind: "run", by: "ann", askedAt: loom.clock.now() - 3_600_001 });
    source.answer = async () => ({ accepted: true });
    await loom.close();
    await loom.open();
    await loom.until(async () => (await loom.store.commands.get("old"))!.settledAt !== null);
    expect(await loom.store.commands.get("old")).toMatchObject({ status: "refused", sentAt: null });
  });

  it("link a run that was asked for with the person who asked", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    const { id } = await loom.commands.ask({ strandId: loom.strand("job a")!.id, kind: "run", by: "ann" });
    await loom.until(async () => (await loom.store.commands.get(id))!.status === "confirmed");
    source.finish("a", 1, { ownerRunId: "asked 1", trigger: "manual" });
    await loom.look();
    const { runId } = (await loom.store.commands.get(id))!;
    expect((await loom.store.runs.get(runId!))!.run).toMatchObject({ trigger: "manual", triggerBy: "ann" });
  });

  it("that were never sent when Loom stopped are sent, and sent ones are read back", async () => {
    const { loom, source } = await mirrored((source) => (source.add("a"), source.add("b")));
    await using _loom = loom;
    const strandId = loom.strand("job a")!.id;
    const sourceId = loom.strand("job a")!.sourceId;
    const at = loom.clock.now();
    await loom.store.commands.add({ id: "never-sent", strandId, sourceId, kind: "run", by: "ann", askedAt: at });
    await loom.store.commands.add({ id: "happened", strandId, sourceId, kind: "disable", by: "ann", askedAt: at });
    await loom.store.commands.move("happened", ["asked"], "sent", at);
    await loom.store.commands.add({ id: "did-not", strandId: loom.strand("job b")!.id, sourceId, kind: "disable", by: "ann", askedAt: at });
    await loom.store.commands.move("did-not", ["asked"], "sent", at);
    await loom.close();
    source.edit("a", { enabled: false });
    await loom.open();
    const status = async (id: string): Promise<string> => (await loom.store.commands.get(id))!.status;
    await loom.until(async () => (await status("happened")) === "confirmed" && (await status("did-not")) === "refused");
    await loom.until(async () => (await status("never-sent")) === "confirmed");
  });

  it("to a strand that is not there are refused at once", async () => {
    const { loom } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    await expect(loom.commands.ask({ strandId: "nope", kind: "run", by: "ann" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("whose answer never comes are unknown until they are read back", async () => {
    const { loom, source } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    source.answer = (jobId) => {
      source.edit(jobId, { enabled: false });
      return new Promise(() => {});
    };
    const { id } = await loom.commands.ask({ strandId: loom.strand("job a")!.id, kind: "disable", by: "ann" });
    await loom.until(async () => (await loom.store.commands.get(id))!.status === "confirmed");
    expect(loom.told()).toContain("command.unknown");
  });

  it("keep their order when two are asked of one strand", async () => {
    const { loom } = await mirrored((source) => source.add("a"));
    await using _loom = loom;
    const strandId = loom.strand("job a")!.id;
    const [off, on] = await Promise.all([
      loom.commands.ask({ strandId, kind: "disable", by: "ann" }),
      loom.commands.ask({ strandId, kind: "enable", by: "bob" }),
    ]);
    await loom.until(async () => (await loom.store.commands.get(on!.id))!.status === "confirmed");
    expect((await loom.store.commands.get(off!.id))!.status).toBe("confirmed");
    expect(loom.strand("job a")!.enabled).toBe(true);
  });
});

