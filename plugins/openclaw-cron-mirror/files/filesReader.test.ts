import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ObservedJob, Snapshot } from "loom-gateway";
import { FakeClock } from "loom-gateway/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FilesReader } from "./filesReader.ts";
import { cronFiles, type CronFiles } from "./layout.ts";

type Full = Exclude<Snapshot, { unchanged: true }>;

let home: string;
let files: CronFiles;
let clock: FakeClock;
let stop: AbortController;
let changed: PromiseWithResolvers<void>;
let reader: FilesReader;
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), "loom-files-")));
  files = cronFiles(home, undefined);
  mkdirSync(files.runs, { recursive: true });
  clock = new FakeClock();
  stop = new AbortController();
  changed = Promise.withResolvers();
  reader = new FilesReader(files, { owner: null, clock, hostZone: "UTC", signal: stop.signal, onChange: () => changed.resolve() });
});
afterEach(() => {
  stop.abort();
  rmSync(home, { recursive: true, force: true });
});

const about = { version: "2026.4.15", schedulerOn: true };
const recorded = (version: string): void => cpSync(fileURLToPath(new URL(`../test/fixtures/${version}/cron`, import.meta.url)), files.folder, { recursive: true });
const job = (id: string, more: object = {}): object => ({ id, name: id, enabled: true, schedule: { kind: "every", everyMs: 60_000 }, state: {}, ...more });
const write = (jobs: readonly object[]): void => writeFileSync(files.jobs, JSON.stringify({ version: 1, jobs }));
const names = (snapshot: Full): string[] => snapshot.jobs.map(({ name }) => name);

/** A look, with the time that it takes. */
async function look(revision: string | null = null): Promise<Full> {
  return (await passing(reader.snapshot({ revision, signal: stop.signal }, about))) as Full;
}

/** Lets time pass until it is settled: files are read in real time, waits are the clock's, which must not run far ahead. */
async function passing<T>(promise: Promise<T>): Promise<T> {
  let over = false;
  const end = (): void => void (over = true);
  promise.then(end, end);
  for (let turns = 1; !over; turns++) await (turns % 20 === 0 ? clock.advance(1) : new Promise((resolve) => setImmediate(resolve)));
  return promise;
}

describe("a recorded folder", () => {
  test("of 2026.2.26 gives its jobs with their state", async () => {
    recorded("2026.2.26");
    utimesSync(files.jobs, 1_795_222_400, 1_795_222_400);
    const snapshot = await look();
    const byName = (name: string): ObservedJob => snapshot.jobs.find((each) => each.name === name)!;
    expect(snapshot).toMatchObject({ version: "2026.4.15, read from its files of 2026-11-21 00:53 UTC", schedulerOn: true });
    expect(names(snapshot)).toEqual(["sys-main", "agent-ok", "agent-bad", "once", "after-edit"]);
    expect(byName("agent-bad")).toMatchObject({ historyMark: "1795222299227:error", nextRunAt: 1_795_225_899_227, notBefore: 1_795_222_299_227 + 19_396 + 30_000 });
    expect(byName("agent-ok")).toMatchObject({ enabled: false, nextRunAt: null });
  });

  test("of 2026.5.28 gives the state from the file beside", async () => {
    recorded("2026.5.28");
    const snapshot = await look();
    expect(snapshot.jobs.map(({ name, historyMark }) => [name, historyMark])).toEqual([
      ["sys-main", "1795222540487:ok"], ["agent-ok", "1795222540500:ok"], ["agent-bad", "1795222540506:error"],
    ]);
  });

  test("gives the runs under their keys; who asked for them is known only where they have an id", async () => {
    recorded("2026.2.26");
    await look();
    const runs = async (id: string) => (await reader.runs(id, { cursor: null, signal: stop.signal })).runs;
    expect(await runs("cc79ab5b-7b23-4524-ba4a-41db9ffff5b2")).toMatchObject([{ key: "1795222299227", status: "failed", trigger: "unknown", error: "500 stub exploded" }]);
    expect(await runs("d795fc76-ef39-41a3-8f27-ca54e6fdb8a5")).toMatchObject([{ key: "1795222353584" }, { key: "1795222353068" }]);
    recorded("2026.5.28");
    expect(await runs("e9dba15b-460b-4014-a098-cf7f45b83ed2")).toMatchObject([{ trigger: "manual", summary: { model: "stub-1", usage: { output_tokens: 7 } } }]);
  });

  test("calls nothing undelivered that nobody was to hear of", async () => {
    recorded("2026.2.26");
    await look();
    const { runs } = await reader.runs("7fb2b0dc-7e76-4400-8bc2-8c1591e683f3", { cursor: null, signal: stop.signal });
    expect(runs[0]!.steps[1]).toEqual({ id: "deliver", status: "skipped", reason: "not_requested" });
  });

  test("is left as it is", async () => {
    recorded("2026.5.28");
    const before = readFileSync(files.jobs, "utf8");
    await look();
    expect(readFileSync(files.jobs, "utf8")).toBe(before);
  });
});

describe("looking again", () => {
  test("costs no reading where nothing has changed", async () => {
    write([job("a")]);
    const { revision } = await look();
    expect(await look(revision)).toMatchObject({ unchanged: true });
    write([job("a"), job("b")]);
    expect(names(await look(revision))).toEqual(["a", "b"]);
  });

  test("is asked for when a file changes", async () => {
    write([job("a")]);
    await look();
    write([job("b")]);
    await changed.promise;
    expect(names(await look())).toEqual(["b"]);
  });

  test("finds a folder that appeared late, and one that was put in the place of another", async () => {
    rmSync(files.folder, { recursive: true });
    expect(names(await look())).toEqual([]);
    mkdirSync(files.folder);
    write([job("a")]);
    expect(names(await look())).toEqual(["a"]);
    renameSync(files.folder, `${files.folder}.old`);
    mkdirSync(files.folder);
    write([job("b")]);
    expect(names(await look())).toEqual(["b"]);
  });
});

describe("what is not whole", () => {
  const whole = JSON.stringify({ version: 1, jobs: [job("a"), job("b")] });

  test.each([["empty", ""], ["cut in the middle", whole.slice(0, -20)], ["another make", "[]"], ["of a later make", '{"version":2,"jobs":[]}'], ["without jobs", '{"version":1}'], ["binary", "\0\0\0\0"], ["jobs without end", `{"version":1,"jobs":[${"{},".repeat(20_000)}{}]}`], ["values without end", `{"version":1,"jobs":[{"id":"a","x":[${"{},".repeat(1_000_000)}{}]}]}`]])("%s: the source is stale, and its jobs stay", async (_what, content) => {
    write([job("a")]);
    await look();
    writeFileSync(files.jobs, content);
    await expect(look()).rejects.toMatchObject({ trouble: "unreachable", message: expect.stringContaining("jobs.json") as string });
    write([job("c")]);
    expect(names(await look())).toEqual(["c"]);
  });

  test("is not parsed while it changes", async () => {
    writeFileSync(files.jobs, whole.slice(0, 30));
    let at = 1_795_222_400;
    let isOver = false;
    const touch = (): void => void (isOver || (utimesSync(files.jobs, at, at++), setImmediate(touch)));
    touch();
    await expect(look().finally(() => (isOver = true))).rejects.toMatchObject({ message: expect.stringContaining("changes while it is read") as string });
  });

  test("is waited for when it is whole a moment later", async () => {
    writeFileSync(files.jobs, whole.slice(0, 30));
    const looking = reader.snapshot({ revision: null, signal: stop.signal }, about);
    for (let waits = 0; waits < 3; waits++) await clock.advance(30);
    writeFileSync(files.jobs, whole);
    expect(names((await passing(looking)) as Full)).toEqual(["a", "b"]);
  });

  test("renamed while it is watched, it is no empty list", async () => {
    write([job("a")]);
    await look();
    renameSync(files.jobs, `${files.jobs}.migrated`);
    await expect(look()).rejects.toMatchObject({ trouble: "unreachable", message: expect.stringContaining("is gone") as string });
    const later = new FilesReader(files, { owner: null, clock, hostZone: "UTC", signal: stop.signal, onChange() {} });
    await expect(passing(later.snapshot({ revision: null, signal: stop.signal }, about))).rejects.toMatchObject({ trouble: "unreachable" });
  });

  test("a state that has gone is missed", async () => {
    recorded("2026.5.28");
    await look();
    rmSync(files.state);
    await expect(look()).rejects.toMatchObject({ message: expect.stringContaining("jobs-state.json") as string });
  });

  test("a state that is half-written is not taken for none", async () => {
    recorded("2026.5.28");
    writeFileSync(files.state, readFileSync(files.state, "utf8").slice(0, 500));
    await expect(look()).rejects.toMatchObject({ message: expect.stringContaining("jobs-state.json is not whole") as string });
  });
});

describe("what somebody else may have put there", () => {
  test.each([["a pipe", (path: string) => execFileSync("mkfifo", [path])], ["a folder", (path: string) => mkdirSync(path)], ["a link to a device", (path: string) => symlinkSync("/dev/zero", path)]])("%s is not waited for", async (_what, put) => {
    put(files.jobs);
    await expect(look()).rejects.toMatchObject({ message: expect.stringContaining("not a regular file") as string });
  });

  test("a link to a file is followed", async () => {
    writeFileSync(join(home, "elsewhere.json"), JSON.stringify({ version: 1, jobs: [job("a")] }));
    symlinkSync(join(home, "elsewhere.json"), files.jobs);
    expect(names(await look())).toEqual(["a"]);
  });

  test("10 MB of jobs are read", async () => {
    write(Array.from({ length: 5_000 }, (_, at) => job(`job ${at}`, { payload: { kind: "systemEvent", text: "x".repeat(2_000) } })));
    expect((await look()).jobs).toHaveLength(5_000);
  });

  test("more than 16 MB are not", async () => {
    writeFileSync(files.jobs, Buffer.alloc(17 * 1024 * 1024, " "));
    await expect(look()).rejects.toMatchObject({ message: expect.stringContaining("larger than 16 MB") as string });
  });

  test("of jobs with the same id the first counts, and keys of the prototype are only keys", async () => {
    writeFileSync(files.jobs, '{"version":1,"jobs":[{"id":"a","name":"first"},{"id":"a","name":"second"},{"id":"__proto__"},{"id":"constructor"},null,7,{}]}');
    writeFileSync(files.state, '{"version":1,"jobs":{"__proto__":{"state":{"lastRunAtMs":5,"lastRunStatus":"ok"}}}}');
    const { jobs } = await look();
    expect(jobs.map(({ name, historyMark }) => [name, historyMark])).toEqual([["first", null], ["__proto__", "5:ok"], ["constructor", null]]);
    expect((await reader.runs("constructor", { cursor: null, signal: stop.signal })).runs).toEqual([]);
  });
});

test("what took long to read of a log is followed by a rest, three times as long and two seconds at most", async () => {
  let [spentMs, costMs] = [0, 0];
  const rests: number[] = [];
  const sleep = (ms: number): Promise<void> => Promise.resolve(void rests.push(ms));
  const slow = { now: () => clock.now(), mono: () => (spentMs += costMs), timer: clock.timer.bind(clock), interval: clock.interval.bind(clock), sleep };
  const patient = new FilesReader(files, { owner: null, clock: slow, hostZone: "UTC", signal: stop.signal, onChange: () => {} });
  for (costMs of [50, 300, 3_000]) await patient.runs("a", { cursor: null, signal: stop.signal });
  expect(rests).toEqual([900, 2_000]);
});

describe("a run that has just ended", () => {
  const log = (id: string): string => join(files.runs, `${id}.jsonl`);
  const ended = (at: number): object => job("a", { state: { lastRunAtMs: at, lastDurationMs: 100, lastRunStatus: "ok" } });
  const line = (at: number): string => `${JSON.stringify({ jobId: "a", action: "finished", status: "ok", runAtMs: at, durationMs: 100 })}\n`;

  test("is waited for until the log has it", async () => {
    // Ahead of the clock, so that it is recent also after a look that takes long.
    const at = clock.now() + 4_000;
    write([ended(at)]);
    await look();
    const asked = reader.runs("a", { cursor: null, signal: stop.signal });
    for (let waits = 0; waits < 3; waits++) await clock.advance(30);
    writeFileSync(log("a"), line(at));
    expect((await passing(asked)).runs.map(({ key }) => key)).toEqual([String(at)]);
  });

  test("is not waited for where it ended long ago, or never gets there", async () => {
    write([ended(clock.now() - 60_000)]);
    await look();
    expect((await reader.runs("a", { cursor: null, signal: stop.signal })).runs).toEqual([]);
    write([ended(clock.now() - 100)]);
    await look();
    expect((await passing(reader.runs("a", { cursor: null, signal: stop.signal }))).runs).toEqual([]);
  });
});
