import { describe, expect, it } from "vitest";
import { CommandService } from "../../core/command/service.ts";
import type { Answer, Snapshot } from "../../core/mirror/contract.ts";
import { SourceProblem } from "../../core/mirror/problem.ts";
import { quietLog } from "../../core/testing/quietLog.ts";
import { MirrorFixture, nothingWoven } from "../support/mirrorFixture.ts";
import { ScriptedSource } from "../support/scriptedSource.ts";

const NOON = Date.UTC(2026, 10, 21, 12);

async function mirrored(...jobs: string[]): Promise<{ loom: MirrorFixture; source: ScriptedSource }> {
  const loom = await MirrorFixture.start();
  const source = sourceWith(...jobs);
  loom.register(source);
  await loom.until(() => source.looks > 0);
  await loom.look();
  return { loom, source };
}

function sourceWith(...jobs: string[]): ScriptedSource {
  const source = new ScriptedSource();
  for (const job of jobs) source.add(job);
  return source;
}

const runsOf = async (loom: MirrorFixture, strandId: string): Promise<string[]> =>
  (await loom.store.runs.list({ strandId, limit: 100 })).items.map((run) => `${run.externalKey} ${run.status}`);

const commandIs = async (loom: MirrorFixture, id: string): Promise<string> => (await loom.store.commands.get(id))!.status;

describe("history", () => {
  it("does not call a run lost because of what it waited for before", async () => {
    const { loom, source } = await mirrored("a");
    await using _loom = loom;
    source.begin("a", NOON + 1_000);
    await loom.look();
    source.edit("a", { running: null, historyMark: "told early" });
    await loom.look();
    source.finish("a", NOON + 1_000);
    source.begin("a", NOON + 5_000);
    await loom.look();
    await loom.pass(10_000);
    expect(await runsOf(loom, loom.strand("job a")!.id)).toEqual([`${NOON + 5_000} running`, `${NOON + 1_000} succeeded`]);
    expect(loom.told()).not.toContain("step.failed");
  });

  it("of one job that is refused holds up no other job's", async () => {
    const { loom, source } = await mirrored("a", "b");
    await using _loom = loom;
    const runs = source.runs.bind(source);
    source.runs = async (jobId, page) => {
      if (jobId === "a") throw new SourceProblem("refused", "there is no such history");
      return runs(jobId, page);
    };
    source.finish("a", NOON + 1_000);
    source.finish("b", NOON + 1_000);
    await loom.look();
    expect(await runsOf(loom, loom.strand("job b")!.id)).toEqual([`${NOON + 1_000} succeeded`]);
    source.runs = runs;
    await loom.until(async () => (await runsOf(loom, loom.strand("job a")!.id)).length === 1);
  });
});

/** A look that has begun, and gets its answer when the test gives it. */
async function lookHeldUp(loom: MirrorFixture, source: ScriptedSource): Promise<PromiseWithResolvers<Snapshot>> {
  const late = Promise.withResolvers<Snapshot>();
  const began = Promise.withResolvers<void>();
  source.snapshot = () => (began.resolve(), late.promise);
  source.wake();
  await loom.pumped(began.promise);
  return late;
}

describe("a reload of the plugin", () => {
  it("in the middle of a look takes nothing in of what the generation before saw", async () => {
    const { loom, source } = await mirrored("a");
    await using _loom = loom;
    const late = await lookHeldUp(loom, source);
    const next = sourceWith("a");
    loom.register(next);
    late.resolve({ jobs: [...sourceWith("a", "old").jobs.values()] });
    await loom.look();
    expect(next.looks).toBeGreaterThan(0);
    expect(loom.told()).toEqual(["strand.added"]);
  });

  it("does not show the source as stale because the generation before was closed", async () => {
    const { loom, source } = await mirrored("a");
    await using _loom = loom;
    const late = await lookHeldUp(loom, source);
    loom.register(sourceWith("a"));
    late.reject(new SourceProblem("unreachable", "closed"));
    await loom.look();
    expect(loom.events.filter((event) => event.type === "source.changed").map((event) => event.data["freshness"])).toEqual(["fresh"]);
  });

  it("twice in a row leaves the newest in use, and nobody watches the others", async () => {
    const { loom, source } = await mirrored("a");
    await using _loom = loom;
    const [second, third] = [sourceWith("a"), sourceWith("a", "b")];
    loom.register(second);
    loom.register(third);
    await loom.look();
    expect([source.watched, second.watched, third.watched]).toEqual([false, false, true]);
    expect(loom.strand("job b")).toBeDefined();
  });
});

describe("while another program holds the database", () => {
  it("a source that comes is mirrored as soon as it lets go, and one that goes leaves the page", async () => {
    await using loom = await MirrorFixture.start();
    let release = loom.lockStore();
    loom.register(sourceWith("a"));
    await loom.pass(3_000);
    release();
    await loom.until(() => loom.strand("job a") !== undefined);
    release = loom.lockStore();
    loom.unregister();
    await loom.pass(3_000);
    release();
    await loom.until(() => loom.strand("job a") === undefined);
  });

  it("no run is lost of a job that came and went meanwhile", async () => {
    const { loom, source } = await mirrored("a");
    await using _loom = loom;
    const brief = sourceWith("brief").jobs.get("brief")!;
    source.history.set("brief", []);
    source.finish("brief", NOON + 1_000);
    let told: "no" | "yes" | "taken in" = "no";
    source.snapshot = async (look) => {
      source.looks++;
      if (told === "yes" && look.revision === "with departures") told = "taken in";
      if (told !== "taken in") told = "yes";
      return { jobs: [...source.jobs.values()], ...(told === "yes" ? { revision: "with departures", departed: [brief] } : { revision: `plain ${source.looks}` }) };
    };
    const release = loom.lockStore();
    await loom.pumped([...loom.index.sources()].map((each) => loom.mirrors.mirror(each.id)!)[0]!.look());
    release();
    await loom.look();
    await loom.look();
    expect(await runsOf(loom, `${[...loom.index.sources()][0]!.id}:brief`)).toEqual([`${NOON + 1_000} succeeded`]);
  });

  it("a command that was carried out is confirmed as soon as it lets go", async () => {
    const { loom, source } = await mirrored("a");
    await using _loom = loom;
    let release = (): void => {};
    source.answer = async () => ((release = loom.lockStore()), { accepted: true, ownerRunId: "asked 1" });
    const { id } = await loom.commands.ask({ strandId: loom.strand("job a")!.id, kind: "run", by: "ann" });
    await loom.until(async () => (await commandIs(loom, id)) === "sent");
    await loom.pass(3_000);
    release();
    await loom.until(async () => (await commandIs(loom, id)) === "confirmed");
  });
});

describe("a start", () => {
  it("shows what was fresh before as stale until it is read again", async () => {
    const { loom, source } = await mirrored("a");
    await using _loom = loom;
    const freshness = (): string => [...loom.index.sources()][0]!.health.freshness;
    expect(freshness()).toBe("fresh");
    await loom.close();
    const { snapshot } = source;
    source.snapshot = () => new Promise(() => {});
    await loom.open();
    await loom.pass(1_000);
    expect(freshness()).toBe("stale");
    source.snapshot = snapshot;
    await loom.until(() => freshness() === "fresh");
  });
});

describe("a command", () => {
  it("that is asked before what was left behind is settled is not taken for left behind", async () => {
    const { loom, source } = await mirrored("a");
    await using _loom = loom;
    const answer = Promise.withResolvers<Answer>();
    source.answer = () => answer.promise;
    const commands = new CommandService({ store: loom.store, index: loom.index, mirror: (id) => loom.mirrors.mirror(id), woven: nothingWoven, clock: loom.clock, log: quietLog });
    const { id } = await commands.ask({ strandId: loom.strand("job a")!.id, kind: "run", by: "ann" });
    await loom.until(async () => (await commandIs(loom, id)) === "sent");
    await commands.start();
    answer.resolve({ accepted: true, ownerRunId: "asked 1" });
    await loom.until(async () => (await commandIs(loom, id)) !== "sent");
    expect(loom.told().filter((type) => type.startsWith("command."))).toEqual(["command.asked", "command.sent", "command.confirmed"]);
    await loom.pumped(commands.stop());
  });

  it("whose source went is read back when the source is there again", async () => {
    const { loom, source } = await mirrored("a");
    await using _loom = loom;
    source.trouble = new SourceProblem("unreachable", "nothing listens there");
    source.answer = () => Promise.reject(source.trouble!);
    const { id } = await loom.commands.ask({ strandId: loom.strand("job a")!.id, kind: "disable", by: "ann" });
    await loom.until(async () => (await commandIs(loom, id)) === "unknown");
    loom.unregister();
    await loom.until(() => loom.strand("job a") === undefined);
    const next = sourceWith("a");
    next.edit("a", { enabled: false });
    loom.register(next);
    await loom.until(async () => (await commandIs(loom, id)) === "confirmed");
  });

  it("to run, whose answer never came, is not confirmed by a scheduled run that happened to be under way", async () => {
    const { loom, source } = await mirrored("a");
    await using _loom = loom;
    source.answer = async (jobId) => {
      source.begin(jobId, loom.clock.now() + 500);
      throw new SourceProblem("unreachable", "the connection was closed");
    };
    const { id } = await loom.commands.ask({ strandId: loom.strand("job a")!.id, kind: "run", by: "ann" });
    await loom.until(() => loom.strand("job a")!.activeRun !== null);
    await loom.pass(10_000);
    expect(await commandIs(loom, id)).toBe("unknown");
    source.finish("a", loom.strand("job a")!.activeRun!.startedAt, { trigger: "schedule" });
    await loom.look();
    await loom.pass(10_000);
    expect(await commandIs(loom, id)).toBe("unknown");
  });
});
