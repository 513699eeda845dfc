import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { eventually } from "../../../test/support/eventually.ts";
import { IsolateStage, versionOf } from "../../../test/support/isolateStage.ts";
import { systemClock } from "../../clock/system.ts";
import { newId } from "../../ids/uuid.ts";
import { startTimeOf } from "../../processIdentity.ts";
import { MARKER, markerOf } from "./marker.ts";
import { findProcesses } from "./processes.ts";
import { ProcessGroup } from "./processGroup.ts";

const PARENT = fileURLToPath(new URL("../../../test/support/isolateParent.ts", import.meta.url));
const STEPS = [
  '({ log }) => { log.info("ready"); setImmediate(() => { for (;;); }); return new Promise(() => {}); }',
  '({ log, run }) => { const done = run("sh", ["-c", "while :; do :; done"]); log.info("ready"); return done; }',
  '({ log }) => { require("node:child_process").spawn("sh", ["-c", "setsid sleep 1000 & sleep 1000"], { detached: true, stdio: "ignore", env: {} }); log.info("ready"); return new Promise(() => {}); }',
  '({ log }) => { log.info("ready"); setImmediate(() => require("node:child_process").execSync("sleep 1000")); return new Promise(() => {}); }',
];

/** A process with isolates in which all these steps are at work. */
async function startParent(nodeId: string, steps: readonly string[]): Promise<{ readonly child: ChildProcess; readonly host: { pid: number; startTime: number } }> {
  const child = spawn(process.execPath, [PARENT, nodeId, JSON.stringify(steps)], { stdio: ["pipe", "pipe", "inherit"] });
  const host = { pid: 0, startTime: 0 };
  let ready = 0;
  for await (const line of createInterface(child.stdout!)) {
    const [word, pid, startTime] = line.split(" ");
    if (word === "placed") Object.assign(host, { pid: Number(pid), startTime: Number(startTime) });
    if (word === "ready" && ++ready === steps.length) break;
  }
  return { child, host };
}

it("SIGKILL of the gateway leaves no process, whatever the steps were at", async () => {
  const nodeId = newId(systemClock);
  const { child } = await startParent(nodeId, STEPS);
  const alive = () => findProcesses({ marker: markerOf(nodeId) });
  // The host, a shell, another with two sleeps, and a shell or a sleep of the last one.
  await eventually(alive, (pids) => pids.length >= 5);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await eventually(alive, (pids) => pids.length === 0)).toEqual([]);
});

/** Starts a program that hides, by a shell that is gone at once, and tells its id. */
const HIDES = '({ log, run }) => run("sh", ["-c", "env -i setsid sleep 1000 > /dev/null 2>&1 & echo $!"]).then(({ stdout }) => { log.info(`hidden ${stdout.trim()}`); })';
/** One that ended and that nobody has asked after has no command any more. */
const isAlive = async (pid: number): Promise<boolean> => (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")) !== "";

/** Whether groups can be had where the tests run. */
async function hasGroups(): Promise<boolean> {
  const probe = spawn("sleep", ["1000"]);
  await once(probe, "spawn");
  const group = ProcessGroup.of(probe.pid!, markerOf("probe", newId(systemClock)));
  probe.kill();
  await group?.end(systemClock);
  return group !== null;
}

it("a program that hides by its environment and its session ends with its host, where there are groups", async () => {
  const isFound = await hasGroups();
  let hidden = 0;
  {
    await using stage = new IsolateStage();
    const outcome = await stage.step(versionOf({ hide: HIDES }), "hide", {}, { log: (_level, message) => void (hidden = Number(message.split(" ")[1])) });
    expect([outcome.is, await isAlive(hidden)]).toEqual(["completed", true]);
  }
  expect(await isAlive(hidden)).toBe(!isFound);
  if (!isFound) process.kill(hidden);
});

it("the same holds when the gateway is killed", async () => {
  const isFound = await hasGroups();
  const nodeId = newId(systemClock);
  const child = spawn(process.execPath, [PARENT, nodeId, JSON.stringify([HIDES])], { stdio: ["pipe", "pipe", "inherit"] });
  let hidden = 0;
  for await (const line of createInterface(child.stdout)) if (line.startsWith("hidden") && (hidden = Number(line.split(" ")[1])) > 0) break;
  expect(await isAlive(hidden)).toBe(true);
  child.kill("SIGKILL");
  if (isFound) await eventually(() => isAlive(hidden), (alive) => !alive);
  else process.kill(hidden);
  await using stage = new IsolateStage({}, nodeId);
  await stage.isolates.endLeftovers();
  expect(ProcessGroup.left(markerOf(nodeId), "none")).toEqual([]);
});

it.each([true, false])("the next gateway ends what a host that was halted could not, before anything else, stored or not (%s)", async (isStored) => {
  const nodeId = newId(systemClock);
  const { child, host } = await startParent(nodeId, [STEPS[1]!, STEPS[2]!]);
  process.kill(host.pid, "SIGSTOP");
  child.kill("SIGKILL");
  await once(child, "exit");
  const found = await findProcesses({ marker: markerOf(nodeId) });
  expect(found).toContain(host.pid);
  await using stage = new IsolateStage({}, nodeId);
  await stage.isolates.endLeftovers(isStored ? [host] : []);
  expect(await stage.processes()).toEqual([]);
});

it("leftovers are those of earlier gateways of this node: its own hosts and other nodes' stay", async () => {
  await using other = new IsolateStage();
  await using stage = new IsolateStage();
  const version = versionOf({ one: "() => 1" });
  await Promise.all([stage.step(version, "one"), other.step(version, "one")]);
  await stage.isolates.endLeftovers();
  expect([await stage.processes(), await other.processes()].map((pids) => pids.length)).toEqual([1, 1]);
});

it("a stored host is ended by id and start time: a later process of the same id is left alone", async () => {
  await using stage = new IsolateStage();
  const bystander = spawn("sleep", ["1000"]);
  await once(bystander, "spawn");
  const identity = { pid: bystander.pid!, startTime: startTimeOf(bystander.pid!) };
  await stage.isolates.endLeftovers([{ ...identity, startTime: identity.startTime - 1 }]);
  expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
  const gone = once(bystander, "exit");
  await stage.isolates.endLeftovers([identity]);
  expect(await gone).toEqual([null, "SIGKILL"]);
});

it("is in a session of its own, before others when memory runs out, and bears its marker", async () => {
  await using stage = new IsolateStage();
  const version = versionOf({ tell: `() => { const fs = require("node:fs"); return [process.pid, fs.readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ")[3], fs.readFileSync("/proc/self/oom_score_adj", "utf8").trim(), process.env.${MARKER}]; }` });
  const outcome = await stage.step(version, "tell");
  const [pid, session, score, marker] = outcome.is === "completed" ? (outcome.data as [number, string, string, string]) : [];
  expect(session).toBe(`${pid}`);
  expect(Number(score)).toBeGreaterThanOrEqual(800);
  expect(marker).toMatch(new RegExp(`^${stage.nodeId}\\.[^.]+\\.h1\\.t1\\.$`));
});
