import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Notice, PluginContext, Source } from "loom-gateway";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeClock } from "loom-gateway/testing";
import { configSchema, type Config } from "./config.ts";
import { mirrorOpenClaw } from "./index.ts";

let home: string;
let stop: AbortController;
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), "loom-home-")));
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  rmSync(home, { recursive: true, force: true });
});

/** As much of a plugin's context as this plugin uses. */
async function setUp(config: object = {}) {
  const clock = new FakeClock();
  const sources: Source[] = [];
  const looks: (() => void | Promise<void>)[] = [];
  const seen = { notice: null as Notice | null };
  const nothing = { [Symbol.dispose]() {} };
  const ctx = {
    config: configSchema.parse(config),
    clock,
    signal: stop.signal,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    sources: { add: (source: Source) => (sources.push(source), nothing) },
    every: (_ms: number, look: () => void | Promise<void>) => (looks.push(look), nothing),
    notice: (notice: Notice | null) => (seen.notice = notice),
  } as unknown as PluginContext<Config>;
  await mirrorOpenClaw(ctx, { env: {}, home });
  return { sources, seen, lookAgain: () => looks[0]!() };
}

test("where there is no OpenClaw three lines say what was looked for, where, and how to connect one", async () => {
  const { sources, seen } = await setUp();
  expect(sources).toEqual([]);
  expect(seen.notice!.lines).toHaveLength(3);
  expect(seen.notice!.lines[1]).toContain(join(home, ".openclaw"));
  expect(seen.notice!.lines[2]).toContain("config.json");
});

test("one that is installed later appears by itself, once, and the notice goes", async () => {
  const { sources, seen, lookAgain } = await setUp();
  mkdirSync(join(home, ".openclaw"));
  writeFileSync(join(home, ".openclaw", "openclaw.json"), "{}");
  await lookAgain();
  await lookAgain();
  expect(sources.map((source) => source.identity)).toEqual([join(home, ".openclaw")]);
  expect(seen.notice).toBeNull();
});

test("profiles that are found share their room, however many come and go; the usual one has its own", async () => {
  const jobs = (path: string): string => {
    mkdirSync(join(path, "cron"), { recursive: true });
    writeFileSync(join(path, "openclaw.json"), '{ meta: { lastTouchedVersion: "2026.4.22" }, gateway: { port: 9 } }');
    writeFileSync(join(path, "cron", "jobs.json"), JSON.stringify({ version: 1, jobs: [{ id: "a", name: "x".repeat(9_000_000) }] }));
    return path;
  };
  const read = async (source: Source): Promise<string> => source.snapshot({ revision: null, signal: stop.signal }).then(() => "read", (error: Error) => error.message);
  jobs(join(home, ".openclaw"));
  const { sources, lookAgain } = await setUp({ instances: [{ stateDir: jobs(join(home, "elsewhere")) }] });
  const one = jobs(join(home, ".openclaw-one"));
  await lookAgain();
  expect(await Promise.all(sources.map(read))).toEqual(["read", "read", "read"]);
  jobs(join(home, ".openclaw-two"));
  await lookAgain();
  expect(await Promise.all(sources.map(read))).toEqual(["read", "read", "read", expect.stringContaining("jobs.json is larger than 8 MB")]);
  rmSync(one, { recursive: true });
  for (let n = 0; n < 20; n++) {
    const path = join(home, `.openclaw-brief${n}`);
    mkdirSync(path);
    writeFileSync(join(path, "openclaw.json"), "{}");
    await lookAgain();
    rmSync(path, { recursive: true });
  }
  // Two that are named or usual, and nine profiles.
  expect(sources).toHaveLength(11);
  expect(await Promise.all(sources.slice(0, 2).map(read))).toEqual(["read", "read"]);
});

test("one that does not tell its token says what to configure", async () => {
  mkdirSync(join(home, ".openclaw"));
  writeFileSync(join(home, ".openclaw", "openclaw.json"), "{}");
  const { sources } = await setUp();
  await expect(sources[0]!.snapshot({ revision: null, signal: stop.signal })).rejects.toMatchObject({
    trouble: "needs_configuration",
    help: expect.stringContaining('"token"') as string,
  });
});

test.each([["openclaw.json"], [".env"]])("a pipe in the place of one's %s holds up neither it nor another", async (name) => {
  for (const folder of [".openclaw", ".openclaw-other"]) mkdirSync(join(home, folder, "state"), { recursive: true });
  execFileSync("mkfifo", [join(home, ".openclaw", name)]);
  const { sources } = await setUp();
  expect(sources.map((source) => source.label)).toEqual(["OpenClaw", "OpenClaw other"]);
  const look = sources[0]!.snapshot({ revision: null, signal: stop.signal });
  await expect(look).rejects.toMatchObject({ trouble: "needs_configuration", message: expect.stringContaining(`${name} is a pipe, not a regular file`) as string });
});

test("a link that leads elsewhere each time is one OpenClaw", async () => {
  const link = join(home, "linked");
  const leadTo = (name: string): void => {
    mkdirSync(join(home, name));
    rmSync(link, { force: true });
    symlinkSync(join(home, name), link);
  };
  leadTo("a");
  const { sources, lookAgain } = await setUp({ detect: false, instances: [{ stateDir: link }] });
  for (const name of ["b", "c"]) {
    leadTo(name);
    await lookAgain();
  }
  expect(sources.map((source) => source.identity)).toEqual([join(home, "a")]);
});
