import { describe, expect, it } from "vitest";
import { SourceProblem } from "../../core/mirror/problem.ts";
import { OccurrenceService } from "../../core/occurrence/service.ts";
import { strandStatus } from "../../core/registry/strandStatus.ts";
import { quietLog } from "../../core/testing/quietLog.ts";
import { aWorkflow, lay } from "../contract/wovenFixtures.ts";
import { MirrorFixture } from "../support/mirrorFixture.ts";
import { ScriptedSource } from "../support/scriptedSource.ts";

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 10, 21, 12);
const at = (minute: number): number => NOON + minute * MINUTE;
/** Due at ten past noon, twenty past and so on, each with a minute of grace. */
const tenly = { kind: "cron", expression: "*/10 * * * *", zone: "UTC" } as const;

/** A gateway from its sources to its judgements, on a real database, with a clock that the test moves. */
class Judged implements AsyncDisposable {
  readonly source = new ScriptedSource();
  readonly loom: MirrorFixture;
  /** What has to be waited for before a verdict on this strand is stored. */
  beforeVerdict: (strandId: string) => Promise<void> = () => Promise.resolve();
  #service!: OccurrenceService;
  #asleepMs = 0;

  private constructor(loom: MirrorFixture) {
    this.loom = loom;
  }

  static async start(job: Parameters<ScriptedSource["add"]>[1] = { schedule: tenly }): Promise<Judged> {
    const judged = new Judged(await MirrorFixture.start());
    judged.source.add("a", job);
    judged.loom.register(judged.source);
    await judged.#judge();
    await judged.loom.look();
    await judged.pass(1);
    return judged;
  }

  async #judge(): Promise<void> {
    const { store, index, mirrors, clock } = this.loom;
    const { occurrences } = store;
    const settle: typeof occurrences.settle = async (verdict) => (await this.beforeVerdict(verdict.strandId), occurrences.settle(verdict));
    this.#service = new OccurrenceService({ store: { ...store, occurrences: { ...occurrences, settle } }, index, mirror: (id) => mirrors.mirror(id), clock, uptimeMs: () => clock.mono() + this.#asleepMs, log: quietLog });
    await this.#service.start();
  }

  async stop(): Promise<void> {
    await this.loom.pumped(this.#service.stop());
    await this.loom.close();
  }

  async restart(): Promise<void> {
    await this.loom.open();
    await this.#judge();
  }

  /** Lets so many minutes pass, and everything be judged that can be. */
  async pass(minutes: number): Promise<void> {
    const end = this.loom.clock.mono() + minutes * MINUTE;
    while (this.loom.clock.mono() < end) {
      await this.loom.clock.advance(Math.min(5_000, end - this.loom.clock.mono()));
      await this.loom.pumped(this.#service.settled());
    }
    await this.loom.index.settled();
  }

  /** What can be judged now has been; no time passes. */
  settled(): Promise<void> {
    return this.#service.settled();
  }

  /** The machine sleeps: nothing runs, and the monotonic clock stands still. */
  sleep(minutes: number): void {
    this.#asleepMs += minutes * MINUTE;
    this.loom.clock.jump(minutes * MINUTE);
  }

  get strand(): NonNullable<ReturnType<MirrorFixture["strand"]>> {
    return this.loom.strand("job a")!;
  }

  /** What has become of the firings, oldest first, as `minute status cause`. */
  async firings(): Promise<string[]> {
    const { items } = await this.loom.store.occurrences.list({ strandId: this.strand.id, limit: 1000 });
    return items.toReversed().map(({ dueAt, status, cause }) => `${(dueAt - NOON) / MINUTE} ${status}${cause === null ? "" : ` ${cause}`}`);
  }

  told(): string[] {
    return this.loom.told().filter((type) => type.startsWith("occurrence."));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.loom.pumped(this.#service.stop());
    await this.loom[Symbol.asyncDispose]();
  }
}

describe("planned firings", () => {
  it("are opened ahead, and missed when nothing ran by the end of their grace", async () => {
    await using judged = await Judged.start();
    expect(await judged.firings()).toEqual(["10 open"]);
    await judged.pass(9.9);
    expect(await judged.firings()).toEqual(["10 open"]);
    await judged.pass(0.2);
    expect(await judged.firings()).toEqual(["10 missed", "20 open"]);
    expect(judged.told()).toEqual(["occurrence.missed"]);
    expect(strandStatus(judged.strand)).toBe("missed");
    expect(judged.strand.missed).toEqual({ count: 1, lastDueAt: at(10), cause: null });
  });

  it("of a strand of Loom's own are not judged here: it starts them itself", async () => {
    await using judged = await Judged.start();
    await lay(judged.loom.store, aWorkflow("w", { schedule: { kind: "cron", expression: "* * * * *", zone: "UTC" } }), { at: NOON });
    await judged.pass(5);
    expect((await judged.loom.store.occurrences.list({ strandId: "w", limit: 10 })).items).toEqual([]);
    expect(await judged.firings()).toEqual(["10 open"]);
  });

  it("are met without a word by runs on time", async () => {
    await using judged = await Judged.start();
    await judged.pass(9.5);
    judged.source.finish("a", at(10) + 20);
    await judged.pass(10);
    judged.source.finish("a", at(20) + 20);
    await judged.pass(5);
    expect(await judged.firings()).toEqual(["10 met", "20 met", "30 open"]);
    expect(judged.told()).toEqual([]);
  });

  it("that were missed are late when the run is found, with an event of its own", async () => {
    await using judged = await Judged.start();
    await judged.pass(12);
    judged.source.finish("a", at(15));
    await judged.pass(5);
    expect(await judged.firings()).toEqual(["10 late", "20 open"]);
    expect(judged.told()).toEqual(["occurrence.missed", "occurrence.late"]);
    expect(judged.strand.missed).toBeNull();
  });

  it("are not met by a person's run", async () => {
    await using judged = await Judged.start();
    await judged.pass(9.5);
    judged.source.finish("a", at(10) + 20, { trigger: "manual" });
    await judged.pass(2);
    expect(await judged.firings()).toEqual(["10 missed", "20 open"]);
  });

  it("have the grace that a person gave them", async () => {
    await using judged = await Judged.start();
    await judged.loom.store.strands.setGrace(judged.strand.id, 5 * MINUTE, at(1));
    await judged.pass(13);
    expect(await judged.firings()).toEqual(["10 open"]);
    await judged.pass(2);
    expect(await judged.firings()).toEqual(["10 missed", "20 open"]);
  });

  it("of a strand that is switched off are forgotten or excused, and expected again from its switching on", async () => {
    await using judged = await Judged.start();
    await judged.pass(9.2);
    judged.source.edit("a", { enabled: false });
    judged.source.wake();
    await judged.pass(5);
    expect(await judged.firings()).toEqual(["10 excused disabled"]);
    judged.source.edit("a", { enabled: true });
    await judged.pass(2);
    expect(await judged.firings()).toEqual(["10 excused disabled", "20 open"]);
  });
});

describe("while Loom or the source is away", () => {
  it("firings are judged afterwards by what the source remembers", async () => {
    await using judged = await Judged.start();
    await judged.stop();
    await judged.loom.clock.advance(25 * MINUTE);
    judged.source.finish("a", at(10) + 20);
    await judged.restart();
    await judged.loom.look();
    await judged.pass(0.5);
    expect(await judged.firings()).toEqual(["10 met", "20 open", "30 open"]);
    await judged.pass(1);
    expect(await judged.firings()).toEqual(["10 met", "20 missed", "30 open"]);
    expect(judged.told()).toEqual(["occurrence.missed"]);
  });

  it("nothing is judged until the source can be read again, and then it is said that it was down", async () => {
    await using judged = await Judged.start();
    await judged.pass(8);
    judged.source.trouble = new SourceProblem("unreachable", "it is down");
    await judged.pass(15);
    expect((await judged.firings())[0]).toBe("10 open");
    judged.source.trouble = null;
    await judged.pass(2);
    expect(await judged.firings()).toEqual(["10 missed source_down", "20 missed source_down", "30 open"]);
  });

  it("a scheduler that is off as a whole is the cause of every miss", async () => {
    await using judged = await Judged.start();
    judged.source.schedulerOn = false;
    await judged.pass(22);
    expect(await judged.firings()).toEqual(["10 missed scheduler_off", "20 missed scheduler_off", "30 open"]);
    expect(judged.strand.missed).toMatchObject({ count: 2, cause: "scheduler_off" });
  });
});

describe("when a look comes while a firing is being judged", () => {
  it("a run that it tells of, and that waits to be stored behind another job's history, is no miss", async () => {
    await using judged = await Judged.start();
    const { source } = judged;
    source.add("b");
    await judged.pass(9.9);
    const answer = Promise.withResolvers<void>();
    const runs = source.runs.bind(source);
    source.runs = async (jobId, page) => (jobId === "b" ? answer.promise.then(() => runs(jobId, page)) : runs(jobId, page));
    source.finish("b", at(10.5));
    source.wake();
    await judged.loom.pass(MINUTE);
    source.begin("a", at(10.98));
    source.edit("a", { nextRunAt: at(20) });
    source.wake();
    await judged.loom.pass(8_000);
    answer.resolve();
    await judged.pass(0.2);
    expect(await judged.firings()).toContain("10 open");
    source.finish("a", at(10.98));
    source.wake();
    await judged.pass(0.5);
    expect(judged.told()).toEqual([]);
    expect((await judged.firings())[0]).toBe("10 met");
  });
});

describe("when time itself is odd", () => {
  it("a time that is lived through after all, since the clock was set forward and back, has its misses", async () => {
    await using judged = await Judged.start();
    judged.loom.clock.jump(30 * 24 * 60 * MINUTE);
    await judged.pass(1);
    judged.loom.clock.jump(-30 * 24 * 60 * MINUTE);
    await judged.pass(12);
    expect(await judged.firings()).toEqual(["10 missed", "20 open"]);
  });

  it("a strand that was first seen by a clock far ahead is expected once that is set right", async () => {
    await using judged = await Judged.start({ schedule: { kind: "manual" } });
    judged.loom.clock.jump(30 * 24 * 60 * MINUTE);
    await judged.pass(1);
    judged.source.edit("a", { schedule: tenly, definition: { id: "a", schedule: "tenly" } });
    judged.source.wake();
    await judged.pass(1);
    judged.loom.clock.jump(-30 * 24 * 60 * MINUTE);
    await judged.pass(9);
    expect(await judged.firings()).toEqual(["10 missed", "20 open"]);
  });

  it("a look before the clocks are compared makes no miss of what was jumped over", async () => {
    await using judged = await Judged.start();
    await judged.pass(5);
    judged.loom.clock.jump(60 * MINUTE);
    judged.source.edit("a", { nextRunAt: at(70) });
    judged.source.wake();
    await judged.loom.pass(1_000);
    judged.source.edit("a", { nextRunAt: at(80) });
    judged.source.wake();
    await judged.pass(3);
    expect(judged.told()).toEqual([]);
  });

  it("a machine that slept is told as the cause, also after a restart", async () => {
    await using judged = await Judged.start();
    await judged.pass(5);
    judged.sleep(10);
    await judged.pass(0.5);
    await judged.stop();
    await judged.restart();
    await judged.loom.look();
    await judged.pass(2);
    expect((await judged.firings())[0]).toBe("10 missed asleep");
    expect(judged.loom.told()).toContain("machine.slept");
  });

  it("firings that the clock jumped over never were", async () => {
    await using judged = await Judged.start();
    await judged.pass(5);
    judged.loom.clock.jump(60 * 24 * 60 * MINUTE);
    await judged.pass(3);
    expect(judged.told()).toEqual([]);
    expect(await judged.firings()).toHaveLength(1);
    expect(judged.loom.told()).toContain("clock.set");
  });

  it("a clock that is set back has nothing judged twice", async () => {
    await using judged = await Judged.start();
    await judged.pass(22);
    const before = await judged.firings();
    judged.loom.clock.jump(-15 * MINUTE);
    await judged.pass(16);
    expect(await judged.firings()).toEqual(before);
    expect(judged.told()).toEqual(["occurrence.missed", "occurrence.missed"]);
    await judged.pass(10);
    expect((await judged.firings()).at(-2)).toBe("30 missed");
  });
});

describe("a run under way", () => {
  it("is stuck after an hour, and is said so once", async () => {
    await using judged = await Judged.start({ schedule: { kind: "manual" } });
    judged.source.begin("a", at(1));
    await judged.pass(59.5);
    expect(judged.strand.activeRun).toMatchObject({ stuckAt: null });
    await judged.pass(5);
    expect(judged.strand.activeRun!.stuckAt).toBeGreaterThanOrEqual(at(61));
    expect(judged.loom.told().filter((type) => type === "run.stuck")).toHaveLength(1);
  });
});

it("judges the strands of one source while those of another take long", async () => {
  await using judged = await Judged.start();
  const other = Object.assign(new ScriptedSource(), { identity: "other" });
  for (let n = 0; n < 100; n++) other.add(`many ${n}`, { schedule: tenly });
  judged.loom.register(other, judged.source);
  await judged.loom.look();
  await judged.pass(1);
  const own = judged.strand.id;
  const held = Promise.withResolvers<void>();
  judged.beforeVerdict = (strandId) => (strandId === own ? Promise.resolve() : held.promise);
  await judged.loom.until(async () => (await judged.loom.clock.advance(5_000), (await judged.firings()).includes("10 missed")), "the verdict");
  held.resolve();
});

it("rests as long as it has judged: strands that fire without a pause leave half of the time to others", async () => {
  await using judged = await Judged.start({ schedule: { kind: "cron", expression: "* * * * * *", zone: "UTC" } });
  const { clock } = judged.loom;
  const from = clock.mono();
  let busyMs = 0;
  judged.beforeVerdict = async () => {
    busyMs += 6_000;
    await clock.sleep(6_000);
  };
  for (let passed = 0; passed < 120_000; passed += 500) {
    await clock.advance(500);
    await judged.loom.pass(1);
  }
  judged.beforeVerdict = () => Promise.resolve();
  expect(busyMs).toBeGreaterThan(30_000);
  expect(busyMs / (clock.mono() - from)).toBeLessThan(0.6);
});
