import { afterEach, describe, expect, it } from "vitest";
import { PauseService } from "../../core/run/pause/service.ts";
import type { PauseEntry } from "../../core/store/contract.ts";
import { quietLog } from "../../core/testing/quietLog.ts";
import { mirrored } from "../support/mirrored.ts";
import type { MirrorFixture } from "../support/mirrorFixture.ts";
import type { ScriptedSource } from "../support/scriptedSource.ts";

let open: Stage | null = null;
afterEach(async () => {
  await open?.close();
  open = null;
});

/** A mirrored scheduler, and a service that pauses. */
class Stage {
  readonly loom: MirrorFixture;
  readonly source: ScriptedSource;
  pauses!: PauseService;

  private constructor(loom: MirrorFixture, source: ScriptedSource) {
    this.loom = loom;
    this.source = source;
  }

  static async with(prepare: (source: ScriptedSource) => void): Promise<Stage> {
    const { loom, source } = await mirrored(prepare);
    open = new Stage(loom, source);
    await open.startPauses();
    return open;
  }

  async startPauses(): Promise<void> {
    const { store, commands, index, clock } = this.loom;
    const askWaitMs = (sourceId: string, ahead: number): number | null => this.loom.mirrors.mirror(sourceId)?.source.askWaitMs?.("setEnabled", ahead) ?? null;
    this.pauses = new PauseService({ store, commands, index, askWaitMs, clock, log: quietLog });
    await this.pauses.start();
  }

  /** The gateway dies, and starts again. */
  async restart(meanwhile: () => void = () => {}): Promise<void> {
    await this.loom.pumped(this.pauses.stop());
    await this.loom.close();
    meanwhile();
    await this.loom.open();
    await this.startPauses();
  }

  id(name: string): string {
    return this.loom.strand(`job ${name}`)!.id;
  }

  /** How each job stands in the report, such as `a paused`. */
  async states(): Promise<string[]> {
    const { strands } = await this.pauses.report();
    return strands.map(({ strandId, state }) => `${this.loom.index.strand(strandId)!.name.slice("job ".length)} ${state}`).toSorted();
  }

  until(...states: string[]): Promise<void> {
    return this.loom.until(async () => (await this.states()).join() === states.join(), states.join());
  }

  /** Which jobs are on at their owner. */
  get on(): string[] {
    return [...this.source.jobs.values()].filter(({ enabled }) => enabled).map(({ id }) => id);
  }

  async close(): Promise<void> {
    await this.loom.pumped(this.pauses.stop());
    await this.loom[Symbol.asyncDispose]();
  }
}

const abc = (source: ScriptedSource): void => ["a", "b", "c"].forEach((id) => source.add(id));

describe("a pause of everything", () => {
  it("switches off what is on, and resuming switches on just that", async () => {
    const stage = await Stage.with((source) => (abc(source), source.edit("c", { enabled: false })));
    expect(await stage.pauses.pause(null, "ann")).toMatchObject({ everything: { by: "ann" }, queue: { waiting: 2 } });
    await stage.until("a paused", "b paused");
    expect([stage.on, (await stage.pauses.report()).queue.waiting]).toEqual([[], 0]);
    await stage.pauses.resume(null, "ann");
    await stage.until();
    expect(stage.on).toEqual(["a", "b"]);
    expect(stage.loom.told().filter((type) => type.startsWith("pause.")).filter((type) => type !== "pause.changed")).toEqual(["pause.begun", "pause.ended"]);
    await expect(stage.pauses.resume(null, "ann")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("is written down before the first job is switched", async () => {
    const stage = await Stage.with(abc);
    const known: number[] = [];
    stage.source.answer = async (id) => {
      known.push((await stage.loom.store.pauses.list(0))[0]!.entries.length);
      stage.source.edit(id, { enabled: false });
      return { accepted: true };
    };
    await stage.pauses.pause(null, "ann");
    await stage.until("a paused", "b paused", "c paused");
    expect(known).toEqual([3, 3, 3]);
  });

  it("leaves out a scheduler's own jobs, and says so", async () => {
    const stage = await Stage.with((source) => (abc(source), source.edit("b", { system: true })));
    await stage.pauses.pause(null, "ann");
    await stage.until("a paused", "b left_out", "c paused");
    expect(stage.on).toEqual(["b"]);
    await stage.pauses.resume(null, "ann");
    await stage.until();
    expect(stage.on).toEqual(["a", "b", "c"]);
  });

  it("leaves out jobs of a source that cannot switch, with its reason", async () => {
    const stage = await Stage.with((source) => {
      abc(source);
      Object.assign(source, { can: { setEnabled: "It has no such command.", runNow: true } });
    });
    await stage.pauses.pause(null, "ann");
    expect((await stage.pauses.report()).strands.map(({ state, reason }) => [state, reason])).toEqual(Array(3).fill(["left_out", "It has no such command."]));
  });

  it("keeps the owner's limit, and tells how long it will take", async () => {
    const stage = await Stage.with((source) => Array.from({ length: 20 }, (_, i) => source.add(`j${i}`)));
    const { clock } = stage.loom;
    const began = clock.mono();
    const passed: number[] = [];
    stage.source.limit = (ahead) => Math.max(0, began + (passed.length + ahead) * 240_000 - clock.mono());
    stage.source.answer = async (id) => {
      passed.push(Math.round((clock.mono() - began) / 60_000));
      stage.source.edit(id, { enabled: false });
      return { accepted: true };
    };
    const { queue } = await stage.pauses.pause(null, "ann");
    expect(queue).toEqual({ waiting: 20, expectedWaitMs: 19 * 240_000 });
    // It takes longer than a command may wait in its owner's queue.
    for (let i = 0; i < 80; i++) await stage.loom.pass(60_000);
    expect(passed).toEqual(Array.from({ length: 20 }, (_, i) => i * 4));
    expect((await stage.states()).every((state) => state.endsWith(" paused"))).toBe(true);
  }, 60_000);

  it("leaves a job alone for a while that it could not ask for, though that wakes it, and goes on with the others", async () => {
    const stage = await Stage.with(abc);
    const { commands, store } = stage.loom;
    const ask = commands.ask.bind(commands);
    let failed = 0;
    commands.ask = async (wanted) => {
      if (wanted.strandId !== stage.id("b") || failed > 20) return ask(wanted);
      failed++;
      await store.events.append({ at: 1, type: "command.asked", strandId: wanted.strandId });
      throw new Error("nobody knows why");
    };
    await stage.pauses.pause(null, "ann");
    await stage.until("a paused", "b pausing", "c paused");
    expect(failed).toBe(1);
    await stage.loom.pass(29_000);
    expect(failed).toBe(1);
    await stage.loom.pass(1_001);
    expect(failed).toBe(2);
    failed = 21;
    await stage.loom.pass(30_001);
    await stage.until("a paused", "b paused", "c paused");
  });

  it("of very many jobs counts what is under way once for all of them", async () => {
    const stage = await Stage.with((source) => {
      for (let n = 0; n < 400; n++) source.add(`j${n}`);
    });
    const { pauses } = stage.loom.store;
    const begin = pauses.begin.bind(pauses);
    let looked = 0;
    pauses.begin = async (wanted) => {
      const done = await begin(wanted);
      if (done.outcome !== "ok") return done;
      const counting = (entry: PauseEntry): PauseEntry => ({ ...entry, get commandId() { return looked++, entry.commandId; } });
      return { ...done, pause: { ...done.pause, entries: done.pause.entries.map(counting) } };
    };
    await stage.pauses.pause(null, "ann");
    await stage.loom.pumped(stage.pauses.settled());
    // Anew for each of the four hundred, it would be looked at each of them.
    expect(looked).toBeLessThan(50_000);
  });

  it("names jobs that came meanwhile, which go on, and takes them in when it is asked for again", async () => {
    const stage = await Stage.with((source) => source.add("a"));
    await stage.pauses.pause(null, "ann");
    await stage.until("a paused");
    stage.source.add("b");
    await stage.loom.pass(1);
    await stage.loom.look();
    expect(await stage.states()).toEqual(["a paused", "b new"]);
    await stage.pauses.pause(null, "ann");
    await stage.until("a paused", "b paused");
    await stage.pauses.resume(null, "ann");
    await stage.until();
    expect(stage.on).toEqual(["a", "b"]);
  });

  it("waits for an owner that is down, to pause and to resume", async () => {
    const stage = await Stage.with(abc);
    const goDown = async (trouble: Error | null): Promise<void> => {
      stage.source.trouble = trouble;
      await stage.loom.look();
    };
    await goDown(new Error("nothing listens there"));
    await stage.pauses.pause(null, "ann");
    await stage.loom.pass(120_000);
    expect(await stage.states()).toEqual(["a pausing", "b pausing", "c pausing"]);
    await goDown(null);
    await stage.until("a paused", "b paused", "c paused");
    expect(stage.on).toEqual([]);
    await goDown(new Error("nothing listens there"));
    await stage.pauses.resume(null, "ann");
    await stage.loom.pass(120_000);
    expect(await stage.states()).toEqual(["a resuming", "b resuming", "c resuming"]);
    await goDown(null);
    await stage.until();
    expect(stage.on).toEqual(["a", "b", "c"]);
  });

  it("resumes only what is as it left it, and shows the others", async () => {
    const stage = await Stage.with(abc);
    await stage.pauses.pause(null, "ann");
    await stage.until("a paused", "b paused", "c paused");
    stage.source.edit("a", { definition: { id: "a", prompt: "new" } });
    stage.source.edit("b", { enabled: true });
    await stage.loom.look();
    await stage.pauses.resume(null, "ann");
    await stage.until("a changed", "b changed");
    expect(stage.on).toEqual(["b", "c"]);
    expect((await stage.pauses.report()).everything).toBeNull();
  });

  it("names what its owner would not switch, and tries it again when asked again", async () => {
    const stage = await Stage.with(abc);
    const normally = stage.source.answer;
    stage.source.answer = async (id) => {
      if (id === "b") return { accepted: false, reason: "it is locked" };
      stage.source.edit(id, { enabled: false });
      return { accepted: true };
    };
    await stage.pauses.pause(null, "ann");
    await stage.until("a paused", "b refused", "c paused");
    expect((await stage.pauses.report()).strands.find(({ state }) => state === "refused")!.reason).toBe("it is locked");
    stage.source.answer = normally;
    await stage.pauses.pause(null, "ann");
    await stage.until("a paused", "b paused", "c paused");
    stage.source.answer = async (id) => {
      if (id === "b") return { accepted: false, reason: "it is locked" };
      stage.source.edit(id, { enabled: true });
      return { accepted: true };
    };
    await stage.pauses.resume(null, "ann");
    await stage.until("b refused");
    stage.source.answer = normally;
    await stage.pauses.resume(null, "ann");
    await stage.until();
    expect(stage.on).toEqual(["a", "b", "c"]);
  });

  it("that is taken back halfway switches on what it had switched off, and withdraws the rest", async () => {
    const stage = await Stage.with(abc);
    const switched: string[] = [];
    stage.source.limit = (ahead) => (switched.length + ahead > 0 ? 30_000 : 0);
    stage.source.answer = async (id) => {
      switched.push(id);
      stage.source.edit(id, { enabled: !stage.source.jobs.get(id)!.enabled });
      if (switched.length === 2) stage.source.limit = null;
      return { accepted: true };
    };
    await stage.pauses.pause(null, "ann");
    await stage.loom.until(async () => (await stage.states()).some((state) => state.endsWith(" paused")));
    const first = switched[0]!;
    stage.source.limit = null;
    await stage.pauses.resume(null, "ann");
    await stage.until();
    expect(stage.on).toEqual(["a", "b", "c"]);
    expect(switched.filter((id) => id === first)).toHaveLength(2);
  });
});

describe("a gateway that dies", () => {
  const slow = (stage: Stage): void => void (stage.source.limit = () => (stage.loom.clock.mono() < 60_000 ? 60_000 - stage.loom.clock.mono() : 0));

  it("in the middle of pausing goes on with it", async () => {
    const stage = await Stage.with(abc);
    slow(stage);
    await stage.pauses.pause(null, "ann");
    await stage.loom.until(async () => (await stage.loom.store.commands.list({ limit: 9 })).items.length === 3);
    await stage.restart();
    expect(await stage.states()).toEqual(["a pausing", "b pausing", "c pausing"]);
    await stage.until("a paused", "b paused", "c paused");
    // Each was asked for once.
    expect((await stage.loom.store.commands.list({ limit: 9 })).items).toHaveLength(3);
  });

  it("between asking and writing down that it asked, asks nobody twice", async () => {
    const stage = await Stage.with(abc);
    slow(stage);
    const entries = ["a", "b", "c"].map((name) => ({ strandId: stage.id(name), enabledBefore: true, hashBefore: "h", state: "pending", reason: null, commandId: null, hashLeft: null }) as const);
    await stage.loom.store.pauses.begin({ id: "p", strandId: null, by: "ann", at: stage.loom.clock.now(), entries });
    await stage.loom.commands.ask({ strandId: stage.id("b"), kind: "disable", by: "ann (pause)" });
    await stage.restart();
    await stage.until("a paused", "b paused", "c paused");
    expect((await stage.loom.store.commands.list({ limit: 9 })).items).toHaveLength(3);
  });

  it("in the middle of resuming goes on with it", async () => {
    const stage = await Stage.with(abc);
    await stage.pauses.pause(null, "ann");
    await stage.until("a paused", "b paused", "c paused");
    stage.source.limit = () => 60_000;
    await stage.pauses.resume(null, "ann");
    await stage.restart(() => (stage.source.limit = null));
    await stage.until();
    expect(stage.on).toEqual(["a", "b", "c"]);
  });

  it("with everything paused has everything paused when it starts, and resumes it the same", async () => {
    const stage = await Stage.with(abc);
    await stage.pauses.pause(null, "ann");
    await stage.until("a paused", "b paused", "c paused");
    await stage.restart();
    expect(await stage.states()).toEqual(["a paused", "b paused", "c paused"]);
    await stage.pauses.resume(null, "bob");
    await stage.until();
    expect(stage.on).toEqual(["a", "b", "c"]);
  });
});

describe("a pause of one strand", () => {
  it("stays when everything is paused and resumed", async () => {
    const stage = await Stage.with(abc);
    await stage.pauses.pause(stage.id("a"), "ann");
    await stage.until("a paused");
    await stage.pauses.pause(null, "bob");
    await stage.until("a paused", "b paused", "c paused");
    await stage.pauses.resume(null, "bob");
    await stage.until("a paused");
    expect(stage.on).toEqual(["b", "c"]);
    await stage.pauses.resume(stage.id("a"), "ann");
    await stage.until();
    expect(stage.on).toEqual(["a", "b", "c"]);
  });

  it("is refused where there is none, where it is off already, and where its owner cannot", async () => {
    const stage = await Stage.with((source) => (abc(source), source.edit("b", { enabled: false })));
    await expect(stage.pauses.pause("nobody", "ann")).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(stage.pauses.pause(stage.id("b"), "ann")).rejects.toMatchObject({ code: "CONFLICT" });
    await stage.pauses.pause(null, "ann");
    await expect(stage.pauses.pause(stage.id("a"), "ann")).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(stage.pauses.resume(stage.id("a"), "ann")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
