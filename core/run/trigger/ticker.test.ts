import { describe, expect, it, test } from "vitest";
import { seededRandom } from "../../../test/support/random.ts";
import { WeaveStage } from "../../../test/support/weaveStage.ts";
import { LoomError } from "../../errors/loomError.ts";
import { quietLog } from "../../testing/quietLog.ts";
import type { WorkflowFacts } from "../../workflow/facts.ts";
import type { Runs } from "../contract.ts";
import { Ticker } from "./ticker.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const NOON = Date.UTC(2026, 10, 21, 12);

const cron = (expression: string, zone = "UTC"): Pick<WorkflowFacts, "schedule"> => ({ schedule: { kind: "cron", expression, zone } });

function tickerOn(stage: WeaveStage, upSince = stage.clock.now(), runs: Pick<Runs, "start" | "skip"> = stage): Ticker {
  const { index, store, clock } = stage;
  return new Ticker({ index, strands: store.strands, weave: store.weave, runs, run: (id) => store.runs.get(id), clock, log: quietLog, upSince });
}

/** A stage at noon with these strands, and a ticker that has started. */
async function ticking(strands: Readonly<Record<string, Partial<WorkflowFacts>>>, now = NOON): Promise<{ stage: WeaveStage; ticker: Ticker }> {
  const stage = await WeaveStage.open(now);
  for (const [id, facts] of Object.entries(strands)) await stage.lay(id, facts);
  const ticker = tickerOn(stage);
  ticker.start();
  return { stage, ticker };
}

async function pass(stage: WeaveStage, ms: number, stepMs = 5 * SECOND): Promise<void> {
  for (let left = ms; left > 0; left -= stepMs) await stage.pass(Math.min(left, stepMs));
}

/** The gateway dies and starts again this much later. */
async function restart(stage: WeaveStage, ticker: Ticker, laterMs: number): Promise<Ticker> {
  await ticker.stop();
  await stage.reopen();
  stage.clock.jump(laterMs);
  const next = tickerOn(stage);
  next.start();
  await stage.quiet();
  return next;
}

describe("a strand with a schedule", () => {
  it("starts when it is due, and again", async () => {
    const { stage } = await ticking({ a: cron("*/10 * * * *") });
    await using _stage = stage;
    await pass(stage, 25 * MINUTE);
    expect(await stage.runs("a")).toEqual(["queued 11-21T12:10:00", "queued 11-21T12:20:00"]);
    expect((await stage.store.strands.getMany(["a"]))[0]!.woven!.firedUntil).toBe(NOON + 20 * MINUTE);
  });

  it("starts also where it fell due while Loom was starting, which a plugin may make slow; what was due before was missed", async () => {
    await using stage = await WeaveStage.open(NOON);
    await stage.lay("a", cron("*/1 * * * *"));
    stage.clock.jump(3 * MINUTE - 25 * SECOND);
    tickerOn(stage, NOON + MINUTE + 30 * SECOND).start();
    await stage.quiet();
    expect(await stage.runs("a")).toEqual(["skipped misfired 11-21T12:01:00", "queued 11-21T12:02:00"]);
  });

  it("starts to the millisecond, however far off it was", async () => {
    const { stage, ticker } = await ticking({ a: { schedule: { kind: "at", atMs: NOON + 40 * 24 * HOUR + 1 } } });
    await using _stage = stage;
    expect(ticker.nextAt("a")).toBe(NOON + 40 * 24 * HOUR + 1);
    stage.clock.jump(40 * 24 * HOUR - MINUTE);
    await pass(stage, MINUTE);
    expect(stage.asked).toEqual([]);
    await pass(stage, 1);
    expect(stage.asked).toMatchObject([{ strandId: "a", trigger: "schedule", onceKey: `due:${NOON + 40 * 24 * HOUR + 1}` }]);
    expect(ticker.nextAt("a")).toBeNull();
  });

  it("does not start while it is off or gone, and nothing is made up for", async () => {
    const { stage } = await ticking({ off: cron("* * * * *"), gone: cron("* * * * *") });
    await using _stage = stage;
    await stage.store.weave.switch("off", false, NOON);
    await stage.store.weave.remove("gone", NOON);
    await stage.index.settled();
    await pass(stage, 5 * MINUTE + 30 * SECOND);
    expect(stage.asked).toEqual([]);
    await stage.store.weave.switch("off", true, stage.clock.now());
    await stage.index.settled();
    await pass(stage, MINUTE);
    expect(await stage.runs("off")).toEqual(["queued 11-21T12:06:00"]);
  });

  it("does not start while it is paused: one skipped run counts the firings that were let go", async () => {
    const { stage, ticker } = await ticking({ a: cron("* * * * * *") });
    await using _stage = stage;
    await stage.store.pauses.begin({ id: "p", strandId: "a", by: "ann", at: NOON, entries: [] });
    await stage.index.settled();
    await pass(stage, 90 * SECOND, SECOND);
    expect(ticker.nextAt("a")).toBeNull();
    const [run, ...others] = (await stage.store.runs.list({ strandId: "a", limit: 10 })).items;
    expect(run).toMatchObject({ status: "skipped", code: "paused", error: "Paused by ann: 90 starts were let go.", startedAt: NOON + SECOND, finishedAt: NOON + SECOND, summary: { letGo: 90, lastAt: "2026-11-21T12:01:30.000Z" }, red: false });
    expect(others).toEqual([]);
    expect(stage.events.filter(({ type }) => type.startsWith("run.")).map(({ type }) => type)).toEqual(["run.finished", "run.corrected"]);
    await stage.store.pauses.resume("p", "ann", stage.clock.now());
    await stage.index.settled();
    await pass(stage, SECOND);
    expect(await stage.runs("a")).toEqual(["queued 11-21T12:01:31", `skipped paused paused:schedule:${NOON}`]);
  });

  it("holds a firing whose workflow was being asked as a pause came", async () => {
    await using stage = await WeaveStage.open(NOON);
    await stage.lay("a", cron("* * * * * *"));
    const start = async (): Promise<never> => {
      await stage.store.pauses.begin({ id: "p", strandId: "a", by: "ann", at: NOON, entries: [] });
      await stage.index.settled();
      throw new LoomError("CONFLICT", "a is paused by ann.");
    };
    tickerOn(stage, NOON, { start, skip: (request) => stage.skip(request) }).start();
    await pass(stage, SECOND);
    await pass(stage, 1);
    expect(await stage.runs("a")).toEqual([`skipped paused paused:schedule:${NOON}`]);
  });

  it("counts firings that fell in a pause while Loom was down, and none of them twice", async () => {
    const { stage, ticker } = await ticking({ a: { ...cron("*/10 * * * *"), misfire: { kind: "once" } } });
    await using _stage = stage;
    await stage.store.pauses.begin({ id: "p", strandId: "a", by: "ann", at: NOON, entries: [] });
    await stage.index.settled();
    await pass(stage, 10 * MINUTE);
    const next = await restart(stage, ticker, 30 * MINUTE);
    // It died before it had noted how far it was.
    await next.stop();
    await stage.store.weave.fired("a", NOON + 40 * MINUTE, NOON);
    await restart(stage, next, 0);
    const { items } = await stage.store.runs.list({ strandId: "a", limit: 10 });
    expect(items).toMatchObject([{ error: "Paused by ann: 4 starts were let go." }]);
  });

  it("makes up for what fell while it was off where the person asked for that", async () => {
    const { stage } = await ticking({ a: { ...cron("*/10 * * * *"), misfire: { kind: "once" } } });
    await using _stage = stage;
    await stage.store.weave.switch("a", false, NOON);
    await stage.index.settled();
    await pass(stage, 35 * MINUTE, MINUTE);
    await stage.store.weave.switch("a", true, stage.clock.now(), { makeUp: true });
    await stage.index.settled();
    await stage.pass(1);
    expect(await stage.runs("a")).toEqual(["skipped superseded 11-21T12:10:00", "skipped superseded 11-21T12:20:00", "queued 11-21T12:30:00"]);
  });

  it("follows its file", async () => {
    const { stage } = await ticking({ a: cron("0 2 * * *") });
    await using _stage = stage;
    await stage.lay("a", cron("*/7 * * * *"));
    await pass(stage, 8 * MINUTE);
    expect(await stage.runs("a")).toEqual(["queued 11-21T12:07:00"]);
    await stage.store.weave.remove("a", stage.clock.now());
    await stage.index.settled();
    await pass(stage, 10 * MINUTE);
    expect(stage.asked).toHaveLength(1);
  });
});

describe("after Loom was down", () => {
  const missed = { skip: { kind: "skip" }, once: { kind: "once" }, all: { kind: "all", most: 2 } } as const;

  it("each strand's own policy decides, and what is let go is recorded with the reason", async () => {
    const { stage, ticker } = await ticking(Object.fromEntries(Object.entries(missed).map(([id, misfire]) => [id, { ...cron("*/10 * * * *"), misfire }])));
    await using _stage = stage;
    await restart(stage, ticker, 35 * MINUTE);
    expect(await stage.runs("skip")).toEqual(["skipped misfired 11-21T12:10:00", "skipped misfired 11-21T12:20:00", "skipped misfired 11-21T12:30:00"]);
    expect(await stage.runs("once")).toEqual(["skipped superseded 11-21T12:10:00", "skipped superseded 11-21T12:20:00", "queued 11-21T12:30:00"]);
    expect(await stage.runs("all")).toEqual(["skipped too_many 11-21T12:10:00", "queued 11-21T12:20:00", "queued 11-21T12:30:00"]);
  });

  it("firings that are made up for together wait for one another", async () => {
    const { stage, ticker } = await ticking({ all: { ...cron("*/10 * * * *"), misfire: missed.all }, once: { ...cron("*/10 * * * *"), misfire: missed.once } });
    await using _stage = stage;
    await restart(stage, ticker, 35 * MINUTE);
    expect(stage.asked.filter(({ reason }) => !reason).map(({ strandId, waits = false }) => [strandId, waits])).toEqual(expect.arrayContaining([["all", true], ["all", true], ["once", false]]));
  });

  it("a firing that fell within a quick restart is not missed", async () => {
    const { stage, ticker } = await ticking({ a: cron("*/10 * * * *") });
    await using _stage = stage;
    await pass(stage, 10 * MINUTE - 2 * SECOND);
    await restart(stage, ticker, 6 * SECOND);
    expect(await stage.runs("a")).toEqual(["queued 11-21T12:10:00"]);
  });

  it("a firing that had begun, and was not noted, is not begun again", async () => {
    const { stage, ticker } = await ticking({ a: { ...cron("*/10 * * * *"), misfire: { kind: "all", most: 9 } } });
    await using _stage = stage;
    await stage.start({ strandId: "a", trigger: "schedule", by: null, onceKey: `due:${NOON + 10 * MINUTE}` });
    await restart(stage, ticker, 25 * MINUTE);
    expect(await stage.runs("a")).toEqual(["queued 11-21T12:10:00", "queued 11-21T12:20:00"]);
  });

  it("a year of seconds is told by its newest hundred", async () => {
    const { stage, ticker } = await ticking({ a: cron("* * * * * *") });
    await using _stage = stage;
    await restart(stage, ticker, 365 * 24 * HOUR);
    const runs = await stage.runs("a");
    expect(runs.filter((run) => run.startsWith("skipped misfired")).length + runs.filter((run) => run.startsWith("queued")).length).toBe(100);
  });
});

test("a gateway that dies at any call, before or after it is stored, starts each firing exactly once", async () => {
  const stage = await WeaveStage.open(NOON);
  await using _stage = stage;
  await stage.lay("a", { ...cron("* * * * *"), misfire: { kind: "all", most: 100 } });
  const random = seededRandom(7);
  const { index, store, clock } = stage;
  const never = new Promise<never>(() => {});
  for (let life = 0; life < 40; life++) {
    let left = Math.floor(random() * 6);
    const isStored = random() < 0.5;
    // From the last call on nobody hears of it any more.
    const mortal = <T>(call: () => Promise<T>): Promise<T> => (left-- > 0 ? call() : left === -1 && isStored ? call().then(() => never) : never);
    const runs = { start: (...[request]: Parameters<typeof stage.start>) => mortal(() => stage.start(request)), skip: (...[request]: Parameters<typeof stage.skip>) => mortal(() => stage.skip(request)) };
    const weave = { fired: (...args: Parameters<typeof store.weave.fired>) => mortal(() => store.weave.fired(...args)) };
    new Ticker({ index, strands: store.strands, weave, runs, run: (id) => store.runs.get(id), clock, log: quietLog, upSince: clock.now() }).start();
    await pass(stage, Math.ceil(random() * 4) * MINUTE, 30 * SECOND);
  }
  const minutes = Math.floor((clock.now() - NOON) / MINUTE);
  const ticker = tickerOn(stage);
  ticker.start();
  await stage.pass(1);
  await ticker.settled();
  expect(await stage.runs("a")).toEqual(Array.from({ length: minutes }, (_, i) => `queued ${new Date(NOON + (i + 1) * MINUTE).toISOString().slice(5, 19)}`));
  expect(stage.asked.length).toBeGreaterThan(minutes);
});

test("a gateway that dies again and again while it makes up for many firings comes to the last of them", async () => {
  const stage = await WeaveStage.open(NOON);
  await using _stage = stage;
  await stage.lay("a", { ...cron("* * * * * *"), misfire: { kind: "all", most: 1_000 } });
  const { index, store, clock } = stage;
  clock.jump(400 * SECOND);
  for (let life = 0; life < 4; life++) {
    let left = 120;
    const runs = { start: (...[request]: Parameters<typeof stage.start>) => (left-- > 0 ? stage.start(request) : new Promise<never>(() => {})), skip: stage.skip.bind(stage) };
    new Ticker({ index, strands: store.strands, weave: store.weave, runs, run: (id) => store.runs.get(id), clock, log: quietLog, upSince: clock.now() }).start();
    await stage.quiet();
  }
  expect(await stage.runs("a")).toHaveLength(400);
  expect(stage.asked.length).toBeLessThanOrEqual(480);
});

test("two tickers start each of a thousand firings exactly once", async () => {
  const ids = Array.from({ length: 100 }, (_, i) => `s${i}`);
  const { stage } = await ticking(Object.fromEntries(ids.map((id) => [id, cron("* * * * *")])));
  await using _stage = stage;
  tickerOn(stage).start();
  await pass(stage, 10 * MINUTE, MINUTE);
  expect(stage.asked).toHaveLength(2_000);
  const each = Array.from({ length: 10 }, (_, i) => `queued ${new Date(NOON + (i + 1) * MINUTE).toISOString().slice(5, 19)}`);
  for (const id of ids) expect([id, await stage.runs(id)]).toEqual([id, each]);
});

describe("a clock that is set", () => {
  it("to and fro by an hour fires nothing twice", async () => {
    const { stage } = await ticking({ a: { ...cron("*/10 * * * *"), misfire: { kind: "all", most: 100 } } });
    await using _stage = stage;
    for (const leap of [HOUR, -HOUR, HOUR, -2 * HOUR, 3 * HOUR]) {
      await pass(stage, 25 * MINUTE, MINUTE);
      stage.clock.jump(leap);
    }
    await pass(stage, 25 * MINUTE, MINUTE);
    const runs = await stage.runs("a");
    expect(new Set(runs).size).toBe(runs.length);
    expect(runs.every((run) => run.startsWith("queued"))).toBe(true);
  });

  it("by half a minute either way, just around a firing, neither fires twice nor misses one", async () => {
    const { stage } = await ticking({ a: { ...cron("*/10 * * * *"), misfire: { kind: "once" } } });
    await using _stage = stage;
    const random = seededRandom(11);
    const dues = Array.from({ length: 40 }, (_, i) => NOON + (i + 1) * 10 * MINUTE);
    for (const due of dues) {
      await pass(stage, due - stage.clock.now() - 20 * SECOND, 10 * MINUTE);
      for (let i = 0; i < 6; i++) {
        stage.clock.jump(due - stage.clock.now() + Math.floor((random() * 2 - 1) * 30 * SECOND));
        await pass(stage, Math.floor(random() * 10 * SECOND));
      }
      await pass(stage, MINUTE);
    }
    expect(await stage.runs("a")).toEqual(dues.map((due) => `queued ${new Date(due).toISOString().slice(5, 19)}`));
  });

  it("forward is found out within seconds, also when a firing falls just behind the leap", async () => {
    const { stage } = await ticking({ a: cron("0 15 * * *") });
    await using _stage = stage;
    await pass(stage, 2 * SECOND);
    stage.clock.jump(3 * HOUR - 3 * SECOND);
    await pass(stage, 5 * SECOND);
    expect(await stage.runs("a")).toEqual(["queued 11-21T15:00:00"]);
  });

  it("months ahead and back again leaves the strand alive: what was let go too early is still to come", async () => {
    const { stage } = await ticking({ a: cron("0 13 * * *") });
    await using _stage = stage;
    stage.clock.jump(60 * 24 * HOUR);
    await pass(stage, 10 * SECOND);
    expect(await stage.runs("a")).toHaveLength(60);
    stage.clock.jump(-60 * 24 * HOUR);
    await pass(stage, 2 * HOUR, MINUTE);
    expect((await stage.runs("a")).filter((run) => run.startsWith("queued"))).toEqual(["queued 11-21T13:00:00:after-all"]);
  });

  it("months ahead while Loom was down, and back, leaves it alive as well", async () => {
    const { stage, ticker } = await ticking({ a: cron("0 13 * * *") });
    await using _stage = stage;
    const later = await restart(stage, ticker, 60 * 24 * HOUR);
    await restart(stage, later, -60 * 24 * HOUR);
    await pass(stage, 2 * HOUR, MINUTE);
    expect((await stage.runs("a")).filter((run) => run.startsWith("queued"))).toHaveLength(1);
  });
});

describe("a firing that cannot be started", () => {
  it("is recorded with the reason, and the next one is tried", async () => {
    const { stage } = await ticking({ a: cron("*/10 * * * *") });
    await using _stage = stage;
    stage.refuse = () => new LoomError("WORKFLOW_INPUT_INVALID", "cities is missing");
    await pass(stage, 10 * MINUTE);
    stage.refuse = null;
    await pass(stage, 10 * MINUTE);
    expect(await stage.runs("a")).toEqual(["skipped workflow_input_invalid 11-21T12:10:00", "queued 11-21T12:20:00"]);
  });

  it("for a fault of ours is tried again, and holds up no other strand", async () => {
    const { stage } = await ticking({ a: { ...cron("*/10 * * * *"), misfire: { kind: "once" } }, b: cron("*/10 * * * *") });
    await using _stage = stage;
    stage.refuse = ({ strandId }) => (strandId === "a" ? new Error("a bug") : null);
    await pass(stage, 10 * MINUTE);
    expect([await stage.runs("a"), await stage.runs("b")]).toEqual([[], ["queued 11-21T12:10:00"]]);
    stage.refuse = null;
    await pass(stage, MINUTE);
    expect(await stage.runs("a")).toEqual(["queued 11-21T12:10:00"]);
  });
});

test("a strand that was switched while its firing was under way is left as the switch says", async () => {
  const { stage } = await ticking({ a: cron("*/10 * * * *") });
  await using _stage = stage;
  const held = Promise.withResolvers<void>();
  const start = stage.start.bind(stage);
  stage.start = async (request) => (await held.promise, start(request));
  await pass(stage, 10 * MINUTE);
  await stage.store.weave.switch("a", false, stage.clock.now());
  await stage.store.weave.switch("a", true, stage.clock.now() + 1);
  held.resolve();
  await stage.quiet();
  expect((await stage.store.strands.getMany(["a"]))[0]!.woven!.firedUntil).toBe(NOON + 10 * MINUTE + 1);
  await pass(stage, 10 * MINUTE);
  expect(await stage.runs("a")).toEqual(["queued 11-21T12:10:00", "queued 11-21T12:20:00"]);
});

describe("where clocks change", () => {
  const DAY = 24 * HOUR;
  const ZONES: readonly (readonly [zone: string, ...changes: string[]])[] = [
    ["Europe/Berlin", "2026-03-29", "2026-10-25"],
    ["America/New_York", "2026-03-08", "2026-11-01"],
    ["Australia/Sydney", "2026-10-04", "2026-04-05"],
    ["America/Santiago", "2026-09-06", "2026-04-05"],
    ["Africa/Cairo", "2026-04-24", "2026-10-30"],
  ];
  const JOBS = [[0, 30], [1, 30], [2, 30], [3, 0], [23, 45]] as const;

  /** By the clock on the wall of the zone alone: each minute of three days is asked what it shows. */
  function oracle(zone: string, from: number, [hour, minute]: readonly [number, number]): number[] {
    const wall = new Intl.DateTimeFormat("en-GB", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    const shows = (at: number): { day: string; minutes: number } => {
      const part = Object.fromEntries(wall.formatToParts(at).map(({ type, value }) => [type, value]));
      return { day: `${part["year"]}-${part["month"]}-${part["day"]}`, minutes: Number(part["hour"]) * 60 + Number(part["minute"]) };
    };
    const wanted = hour * 60 + minute;
    const fired = new Map<string, number>();
    let before = shows(from);
    for (let at = from + MINUTE; at <= from + 3 * DAY; at += MINUTE) {
      const now = shows(at);
      const leapt = now.day === before.day ? now.minutes - before.minutes - 1 : now.minutes - (before.minutes + 1 - 1440);
      if (now.minutes === wanted && !fired.has(now.day)) fired.set(now.day, at);
      // A time that the leap left out fires as much later as the leap was long.
      else if (leapt > 0 && wanted >= now.minutes - leapt && wanted < now.minutes && !fired.has(now.day)) fired.set(now.day, at + (wanted - (now.minutes - leapt)) * MINUTE);
      before = now;
    }
    return [...fired.values()].toSorted((a, b) => a - b);
  }

  it.each(ZONES.flatMap(([zone, ...changes]) => changes.map((change) => [zone, change] as const)))("%s, %s: each job starts once a day, when the wall shows its time", async (zone, change) => {
    const from = Date.parse(`${change}T12:00:00Z`) - 2 * DAY;
    const id = ([hour, minute]: readonly [number, number]): string => `at-${hour}-${minute}`;
    const { stage } = await ticking(Object.fromEntries(JOBS.map((job) => [id(job), cron(`${job[1]} ${job[0]} * * *`, zone)])), from);
    await using _stage = stage;
    await pass(stage, 3 * DAY, 15 * MINUTE);
    for (const job of JOBS) {
      const started = stage.asked.filter(({ strandId }) => strandId === id(job)).map(({ onceKey }) => Number(onceKey!.slice("due:".length)));
      expect([id(job), started.map((at) => new Date(at).toISOString())]).toEqual([id(job), oracle(zone, from, job).map((at) => new Date(at).toISOString())]);
    }
  });
});
