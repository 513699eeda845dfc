import { expect, it } from "vitest";
import { eventually } from "../../../test/support/eventually.ts";
import { makeFolder } from "../../../test/support/folder.ts";
import { IsolateStage, versionOf } from "../../../test/support/isolateStage.ts";
import { systemClock } from "../../clock/system.ts";

/** Shared by those whose neighbours have a host in common; a step waits until its signal aborts. */
const GOOD = versionOf({ wait: '({ log, signal }) => new Promise((resolve) => { log.info("here"); signal.addEventListener("abort", resolve); })', quick: "() => 1" });

const BAD = {
  loop: "() => { for (;;); }",
  exit: "() => { process.exit(3); }",
  posted: '() => { require("node:worker_threads").parentPort.postMessage("ready"); }',
  postedObject: '() => { require("node:worker_threads").parentPort.postMessage({}); }',
  exitLater: "() => new Promise(() => setTimeout(() => process.exit(3)))",
  uncaught: '() => new Promise(() => setTimeout(() => { throw new Error("nobody listens"); }))',
  rejected: '() => new Promise(() => { Promise.reject(new Error("nobody awaits")); })',
  emitted: '() => new Promise(() => { setImmediate(() => new (require("node:events"))().emit("error", new Error("no listener"))); })',
  heap: "() => { const kept = []; for (;;) kept.push({ more: [kept.length] }); }",
  buffers: "() => { const kept = []; for (let i = 0; i < 100; i++) kept.push(Buffer.alloc(20_000_000, 1)); for (;;); }",
  atOnce: "async () => { const kept = Buffer.alloc(800_000_000, 1); await new Promise(() => {}); return kept.length; }",
  slowly: "async () => { const kept = []; for (;;) { kept.push(Buffer.alloc(5_000_000, 1)); await new Promise(setImmediate); } }",
  segfault: '() => { process.kill(process.pid, "SIGSEGV"); for (;;); }',
  abort: "() => { process.abort(); }",
  halted: '() => { process.kill(process.pid, "SIGKILL"); for (;;); }',
  childLoop: '() => { require("node:child_process").execSync("while :; do :; done"); }',
  forked: '() => { require("node:child_process").spawn("sleep", ["1000"]); }',
  detached: '() => { require("node:child_process").spawn("sleep", ["1000"], { detached: true, stdio: "ignore", env: {} }).unref(); }',
  grandchild: '() => { require("node:child_process").execSync("setsid sleep 1000 > /dev/null 2>&1 &", { env: { PATH: process.env.PATH } }); }',
} as const;

const LIMITS = { blockedMs: 1_000, graceMs: 300, memoryMb: 400, heapMb: 64 };
/** Time for a thread to end on a busy machine. */
const PATIENT = { ...LIMITS, graceMs: 10_000 };

it.each([
  ["loop", "STEP_BLOCKED"],
  ["exit", "STEP_EXITED"],
  ["exitLater", "STEP_EXITED"],
  ["uncaught", "STEP_UNCAUGHT"],
  ["rejected", "STEP_UNCAUGHT"],
  ["emitted", "STEP_UNCAUGHT"],
  ["posted", "STEP_UNCAUGHT"],
  ["postedObject", "STEP_UNCAUGHT"],
  ["heap", "STEP_OUT_OF_MEMORY"],
  ["buffers", "STEP_OUT_OF_MEMORY"],
  ["atOnce", "STEP_OUT_OF_MEMORY"],
  ["slowly", "STEP_OUT_OF_MEMORY"],
  ["abort", "STEP_THREW"],
  ["childLoop", "STEP_BLOCKED"],
  ["forked", "STEP_LEFT_PROCESS"],
  ["detached", "STEP_LEFT_PROCESS"],
  ["grandchild", "STEP_LEFT_PROCESS"],
] as const)("%s ends in %s, leaves no process, and its neighbour in the same host goes on", async (step, code) => {
  await using stage = new IsolateStage(code === "STEP_OUT_OF_MEMORY" ? { ...PATIENT, blockedMs: 30_000 } : PATIENT);
  const stop = new AbortController();
  const neighbour = await stage.started(GOOD, "wait", {}, stop.signal);
  const longest = await longestTurn(async () => {
    let host = 0;
    expect(await stage.step(versionOf(BAD), step, {}, { placed: ({ pid }) => void (host = pid) })).toMatchObject({ is: "failed", code });
    expect(host).toBe(neighbour.pid);
  });
  expect(longest).toBeLessThan(100);
  expect(await stage.processes()).toEqual([neighbour.pid]);
  stop.abort();
  // Still there to be stopped.
  expect(await neighbour.outcome).toMatchObject({ code: "CANCELLED" });
  expect(await stage.step(GOOD, "quick")).toEqual({ is: "completed", data: 1 });
});

it.each(["segfault", "halted"] as const)("%s takes the host with it: neighbours are displaced, and the step fails when it is tried by itself", async (step) => {
  await using stage = new IsolateStage(LIMITS);
  const neighbour = await stage.started(GOOD, "wait", { idempotencyKey: "neighbour" });
  const bad = { idempotencyKey: "bad" };
  expect(await stage.step(versionOf(BAD), step, bad)).toMatchObject({ is: "displaced", code: "HOST_LOST" });
  expect(await neighbour.outcome).toMatchObject({ is: "displaced", code: "HOST_LOST", mayHaveBegun: true });
  const stop = new AbortController();
  const again = await stage.started(GOOD, "wait", { idempotencyKey: "neighbour" }, stop.signal);
  expect(await stage.step(versionOf(BAD), step, bad)).toMatchObject({ is: "failed", code: "STEP_CRASHED" });
  expect(await stage.processes()).toContain(again.pid);
  stop.abort();
  expect(await again.outcome).toMatchObject({ code: "CANCELLED" });
  expect(await stage.step(GOOD, "quick")).toEqual({ is: "completed", data: 1 });
});

it("2 GB at once leave no time for anything but the host's end; the step is to blame, and its neighbour is displaced", async () => {
  // However long the machine takes to fill it.
  await using stage = new IsolateStage({ ...LIMITS, blockedMs: 30_000 });
  const neighbour = await stage.started(GOOD, "wait");
  const version = versionOf({ fill: "() => Buffer.alloc(2_000_000_000, 1).length" });
  expect(await stage.step(version, "fill")).toMatchObject({ is: "failed", code: "STEP_OUT_OF_MEMORY" });
  expect(await neighbour.outcome).toMatchObject({ is: "displaced", mayHaveBegun: true });
});

it("a native crash of a step that is alone in its host is its own", async () => {
  await using stage = new IsolateStage(LIMITS);
  expect(await stage.step(versionOf(BAD), "segfault")).toMatchObject({ is: "failed", code: "STEP_CRASHED", message: "The process ended with SIGSEGV." });
});

it("steps of one thread do not pay for each other: who blocked it is found by running them alone", async () => {
  await using stage = new IsolateStage(LIMITS);
  const both = versionOf({ ...BAD, wait: '({ log, input, signal }) => input ? "done" : new Promise((resolve) => { log.info("here"); signal.addEventListener("abort", resolve); })' });
  const neighbour = await stage.started(both, "wait", { idempotencyKey: "neighbour" });
  expect(await stage.step(both, "loop", { idempotencyKey: "bad" })).toMatchObject({ is: "displaced" });
  expect(await neighbour.outcome).toMatchObject({ is: "displaced", mayHaveBegun: true });
  const [good, bad] = await Promise.all([stage.step(both, "wait", { idempotencyKey: "neighbour", input: true }), stage.step(both, "loop", { idempotencyKey: "bad" })]);
  expect(good).toEqual({ is: "completed", data: "done" });
  expect(bad).toMatchObject({ is: "failed", code: "STEP_BLOCKED" });
});

it("an exit and an uncaught error cost a step of the same thread nothing", async () => {
  await using stage = new IsolateStage(LIMITS);
  const both = versionOf({ ...BAD, wait: '({ log, run }) => { log.info("here"); return run("sh", ["-c", "read line; echo $line"], { stdin: "kept\\n" }).then(({ stdout }) => stdout); }' });
  const neighbour = await stage.started(both, "wait");
  const codes = await Promise.all(["exit", "uncaught"].map((step) => stage.step(both, step)));
  expect(codes).toMatchObject([{ code: "STEP_EXITED" }, { code: "STEP_UNCAUGHT" }]);
  expect(await neighbour.outcome).toEqual({ is: "completed", data: "kept\n" });
});

it("a step that takes too long is asked to stop, and its programs end with it", async () => {
  await using stage = new IsolateStage(LIMITS);
  const version = versionOf({ sleep: '({ run }) => run("sleep", ["1000"])' });
  expect(await stage.step(version, "sleep", { timeoutMs: 200 })).toMatchObject({ code: "STEP_TIMEOUT" });
  expect(await stage.processes()).toHaveLength(1);
});

it("one that does not stop loses its thread, and its neighbours there are displaced", async () => {
  await using stage = new IsolateStage(LIMITS);
  const version = versionOf({ deaf: '({ log }) => new Promise(() => log.info("here"))' });
  const [stopDeaf, stopOther] = [new AbortController(), new AbortController()];
  const deaf = await stage.started(version, "deaf", {}, stopDeaf.signal);
  const other = await stage.started(version, "deaf", {}, stopOther.signal);
  stopDeaf.abort();
  expect(await deaf.outcome).toMatchObject({ is: "failed", code: "CANCELLED" });
  expect(await other.outcome).toMatchObject({ is: "displaced", mayHaveBegun: true });
});

it("one that writes into the lines of its host ends with it, and does not hide that its thread has ended", async () => {
  await using stage = new IsolateStage(LIMITS);
  const version = versionOf({ deaf: '({ signal }) => new Promise(() => signal.addEventListener("abort", () => require("node:fs").writeSync(3, "x")))' });
  const neighbour = await stage.started(GOOD, "wait");
  expect(await stage.step(version, "deaf", { timeoutMs: 200 })).toMatchObject({ is: "failed", code: "STEP_TIMEOUT" });
  expect(await neighbour.outcome).toMatchObject({ is: "displaced", code: "HOST_LOST" });
  const garbled = versionOf({ tell: `() => require("node:fs").writeSync(3, '1 {"is":"nonsense","call":1}\\n')` });
  const bad = { idempotencyKey: "bad" };
  expect(await stage.step(garbled, "tell", bad)).toMatchObject({ is: "failed", code: "STEP_CRASHED", message: expect.stringContaining("descriptor 3") as string });
});

it("one that tells of artifacts without end, of none that it has asked for, or of others than that, ends with its host", async () => {
  await using stage = new IsolateStage({ ...PATIENT, artifactBytes: 200_000 });
  const asks = (bytes: number): string => `tell({ is: "hands", call, artifact: 7, bytes: ${bytes} }); await new Promise((go) => parentPort.on("message", (said) => said.includes('"hand"') && go()));`;
  const piece = (artifact: number, bytes: number, last = false): string => `tell({ is: "artifact", call, artifact: ${artifact}, name: "a", kind: "bytes", piece: Buffer.alloc(${bytes}).toString("base64"), last: ${last} });`;
  const all = piece(7, 49_152);
  let call = 0;
  for (const tells of [asks(200_001), asks(1_000) + all, asks(49_153) + all + all, asks(100_000) + piece(7, 3), asks(100_000) + piece(7, 49_152, true), asks(100_000) + piece(8, 49_152), all]) {
    const before = `const { parentPort } = require("node:worker_threads"); const tell = (message) => parentPort.postMessage(JSON.stringify(message)); const call = ${++call};`;
    const version = versionOf({ tell: `async ({ artifact }) => { await artifact("all", "of it"); ${before} ${tells} await new Promise(() => {}); }` });
    const outcome = await stage.step(version, "tell", { idempotencyKey: `k${call}` }, { artifact: () => {} });
    expect(outcome, tells).toMatchObject({ is: "failed", code: "STEP_CRASHED" });
  }
});

it("tells of its artifacts only as others are kept, also where it does not wait for them itself", async () => {
  await using stage = new IsolateStage();
  const version = versionOf({ hand: `async ({ artifact, input }) => { for (let n = 0; n < 4; n++) void artifact(input + n, Buffer.alloc(16_000_000, n)); }` });
  const others = versionOf({ hand: `async ({ artifact }) => { await artifact("own", Buffer.alloc(16_000_000, 9)); }` });
  const [kept, held] = [[] as string[], Promise.withResolvers<void>()];
  let [most, atATime] = [0, 0];
  const artifact = async (name: string, _kind: string, data: Buffer): Promise<void> => {
    most = Math.max(most, ++atATime);
    await held.promise;
    atATime--;
    kept.push(`${name} ${data.length} ${data[0]}`);
  };
  const outcomes = Promise.all([stage.step(version, "hand", { input: "a" }, { artifact }), stage.step(version, "hand", { input: "b" }, { artifact }), stage.step(others, "hand", {}, { artifact })]);
  await eventually(async () => atATime, (now) => now > 0);
  held.resolve();
  expect((await outcomes).every(({ is }) => is === "completed")).toBe(true);
  expect(kept.sort()).toEqual([...["a", "b"].flatMap((name) => [0, 1, 2, 3].map((n) => `${name}${n} 16000000 ${n}`)), "own 16000000 9"]);
  expect(most).toBeLessThanOrEqual(2);
});

it("what it writes there is not read on for longer than what Loom says itself", async () => {
  await using stage = new IsolateStage({ ...LIMITS, resultBytes: 100_000 });
  const version = versionOf({
    tell: `async ({ input, artifact }) => {
      // Once it is kept, nothing else is on its way there.
      await artifact("before", "all");
      const line = Buffer.from('1 {"is":"log","call":1,"level":"info","message":"x","fields":[' + "[],".repeat(input) + '0]}\\n');
      // A pipe that is full says so.
      for (let at = 0; at < line.length; ) try { at += require("node:fs").writeSync(3, line, at); } catch {}
    }`,
  });
  const told: unknown[] = [];
  const on = { artifact: () => {}, log: (_level: unknown, message: string) => void told.push(message) };
  expect(await stage.step(version, "tell", { input: 10_000 }, on)).toMatchObject({ is: "completed" });
  expect(await stage.step(version, "tell", { input: 200_000 }, on)).toMatchObject({ is: "failed", code: "STEP_CRASHED" });
  expect(told).toEqual(["x"]);
});

it("one that leaves no descriptor for another thread is not its neighbour's fault: that goes into a process of its own", async () => {
  await using stage = new IsolateStage({ ...PATIENT, blockedMs: 30_000, warmThreads: 0 });
  // It stays so for a while, so that its process is looked at meanwhile.
  const leak = versionOf({ leak: '() => { const { openSync } = require("node:fs"); try { for (;;) openSync("/dev/null"); } catch ({ code }) { return new Promise((resolve) => setTimeout(resolve, 200, code)); } }' });
  expect(await stage.step(leak, "leak")).toEqual({ is: "completed", data: "EMFILE" });
  const neighbour = { idempotencyKey: "neighbour" };
  expect(await stage.step(GOOD, "quick", neighbour)).toMatchObject({ is: "displaced", code: "HOST_LOST", mayHaveBegun: false });
  expect(await stage.step(GOOD, "quick", neighbour)).toEqual({ is: "completed", data: 1 });
  // Nothing more begins in the process of the leak.
  expect(await stage.step(leak, "leak")).toEqual({ is: "completed", data: "EMFILE" });
});

it("a thread that hangs in a system call takes its host with it, and the blame", async () => {
  await using folder = await makeFolder();
  await using stage = new IsolateStage(LIMITS);
  const version = versionOf({ hang: '({ input }) => { require("node:child_process").execFileSync("mkfifo", [input]); require("node:fs").readFileSync(input); }' });
  const neighbour = await stage.started(GOOD, "wait");
  expect(await stage.step(version, "hang", { input: folder.at("pipe") })).toMatchObject({ is: "failed", code: "STEP_BLOCKED" });
  expect(await neighbour.outcome).toMatchObject({ is: "displaced" });
});

it("10 MB of output stream without the gateway's loop lagging", async () => {
  await using stage = new IsolateStage();
  const version = versionOf({ print: 'async () => { for (let i = 0; i < 100_000; i++) console.log("x".repeat(99)); }' });
  let length = 0;
  const longest = await longestTurn(async () => {
    await stage.step(version, "print", {}, { output: (_stream, text) => void (length += text.length) });
  });
  expect(length).toBe(10_000_000);
  expect(longest).toBeLessThan(50);
});

it("a listener that is slow holds the step up, not the memory", async () => {
  await using stage = new IsolateStage();
  const version = versionOf({ print: 'async ({ log }) => { for (let i = 0; i < 400; i++) { console.log("x".repeat(99_999)); } log.info("all"); }' });
  const open = Promise.withResolvers<void>();
  let [length, isDone] = [0, false];
  const outcome = stage.step(version, "print", {}, {
    output: (_stream, text) => {
      length += text.length;
      return open.promise;
    },
    log: () => void (isDone = true),
  });
  await eventually(() => length, (now) => now > 0);
  expect([length < 5_000_000, isDone]).toEqual([true, false]);
  open.resolve();
  expect(await outcome).toMatchObject({ is: "completed" });
  expect(length).toBe(40_000_000);
});

/**
 * The longest that this event loop was held up meanwhile by what it did itself, in milliseconds. Counted in processor time
 * of this thread: on a busy machine it also stands still while others are at work.
 */
async function longestTurn(act: () => Promise<void>): Promise<number> {
  let [last, longest] = [cpuMs(), 0];
  using _beat = systemClock.interval(5, () => {
    const now = cpuMs();
    longest = Math.max(longest, now - last);
    last = now;
  });
  await act();
  return longest;
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
